"""Checks that need more than one value: conflicts between values, and the key that an unknown key may stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tui.config.rules import InvalidValue, format_value
from tui.config.settings import BUILT_IN, DEFAULTS, SECTIONS, rule_for
from tui.config.tables import Table, merge, with_value
from tui.config.toml_text import KeyPath, dotted, printable
from tui.on_demand import difflib


def conflicts(table: Table, invalid: Collection[KeyPath]) -> Iterator[InvalidValue]:
    """Values that are valid alone but not together, and required values that are missing.

    Args:
        table: All layers merged, built-in providers included.
        invalid: The keys that were left out of the table because of their values. They are reported already.
    """
    providers: Table = table["providers"]
    start = table.get("provider", DEFAULTS["provider"])
    names = [*providers, *(path[1] for path in invalid if path[:1] == ("providers",) and len(path) == 2)]
    if start and start not in names:
        choices = ", ".join(map(format_value, names))
        yield InvalidValue(("provider",), f'provider is {format_value(start)}; it must be one of {choices}, or "".')
    yield from _retry_conflict(table, {}, ())
    for name, provider in providers.items():
        path = ("providers", name)
        missing = "type" if "type" not in provider else "base_url"
        is_complete = provider.get("type") == "demo" or provider.get(missing)
        if not is_complete and (*path, missing) not in invalid:
            rule = rule_for((*path, missing))
            assert rule is not None
            message = f"{printable(dotted(path))} has no {missing}; it must be {rule.allowed}."
            yield InvalidValue((*path, missing), message, is_missing=True)
        yield from _retry_conflict(provider, table.get("retry", {}), path)
    yield from _tool_server_conflicts(table.get("mcp", {}), invalid)


def _tool_server_conflicts(servers: Table, invalid: Collection[KeyPath]) -> Iterator[InvalidValue]:
    """Tool servers with both a command and an address, or neither."""
    for name, server in servers.items():
        path = ("mcp", name)
        key = printable(dotted(path))
        if server.get("command") and server.get("url"):
            message = f"{key} has both a command and a url; it must have one of them."
            yield InvalidValue((*path, "url"), message)
        elif not (server.get("command") or server.get("url")) and not {(*path, "command"), (*path, "url")} & {*invalid}:
            message = f"{key} has neither a command nor a url; it must have one of them."
            yield InvalidValue((*path, "command"), message, is_missing=True)


def _retry_conflict(table: Table, shared: Table, path: KeyPath) -> Iterator[InvalidValue]:
    own = table.get("retry", {})
    waits = DEFAULTS["retry"] | shared | own
    set_here = [key for key in ("backoff_max", "backoff_initial") if key in own]
    if set_here and waits["backoff_max"] < waits["backoff_initial"]:
        key = printable(dotted((*path, "retry", "backoff_max")))
        allowed = f"it must be at least backoff_initial, which is {waits['backoff_initial']}."
        yield InvalidValue((*path, "retry", set_here[0]), f"{key} is {waits['backoff_max']}; {allowed}")


def reason_against(data: Table, path: KeyPath, value: object) -> str:
    """Why the file must not have a value. Empty if it may.

    Args:
        data: The file so far, as tables.
        path: The key.
        value: The new value, as TOML has it.
    """
    rule = rule_for(path)
    if rule is None:
        return f"{printable(dotted(path))} is not a key."
    if not rule.takes(value):
        return f"It must be {rule.allowed}."
    before, after = (merge({"providers": BUILT_IN}, each) for each in (data, with_value(data, path, value)))
    known = {conflict.message for conflict in conflicts(before, ())}
    return next((each.message for each in conflicts(after, ()) if each.message not in known), "")


def suggestion(path: KeyPath, known: tuple[str, ...]) -> str:
    """A sentence with the known key that is most similar to an unknown key.

    Args:
        path: The unknown key.
        known: The known names in the same table.
    """
    *parents, name = path
    similar = difflib.get_close_matches(name, known, n=1)
    other_tables = [
        (*table, *section, name)
        for table in (path[:-1], path[:-2], ("providers", "ollama"))
        for section in (*((section,) for section in SECTIONS), ())
    ]
    candidates = [(*parents, *similar)] if similar else [key for key in other_tables if rule_for(key) is not None]
    if candidates:
        return f"Did you mean {printable(dotted(candidates[0]))}?"
    return f"Known keys: {', '.join(known)}."
