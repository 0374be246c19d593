"""What no single value shows: that values contradict each other, or which key was meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tui.config.rules import Misfit, described
from tui.config.settings import DEFAULTS, SECTIONS, rule_for
from tui.config.tables import Table
from tui.config.toml_text import KeyPath, dotted, printable


def contradictions(table: Table, bad: Collection[KeyPath]) -> Iterator[Misfit]:
    """What cannot be so, though each value for itself is allowed.

    Args:
        table: All layers in one, built-in providers included.
        bad: The keys that were left out of it because of their values. They are complained of already.
    """
    providers: Table = table["providers"]
    start = table.get("provider", DEFAULTS["provider"])
    names = [*providers, *(path[1] for path in bad if path[:1] == ("providers",) and len(path) == 2)]
    if start and start not in names:
        listed = ", ".join(map(described, names))
        yield Misfit(("provider",), f'provider is {described(start)}; it must be one of {listed}, or "".')
    yield from _retry_contradiction(table, {}, ())
    for name, provider in providers.items():
        path = ("providers", name)
        missing = "type" if "type" not in provider else "base_url"
        is_whole = provider.get("type") == "demo" or provider.get(missing)
        if not is_whole and (*path, missing) not in bad:
            rule = rule_for((*path, missing))
            assert rule is not None
            complaint = f"{printable(dotted(path))} has no {missing}; it must be {rule.allowed}."
            yield Misfit((*path, missing), complaint, is_missing=True)
        yield from _retry_contradiction(provider, table.get("retry", {}), path)


def _retry_contradiction(table: Table, shared: Table, path: KeyPath) -> Iterator[Misfit]:
    own = table.get("retry", {})
    waits = DEFAULTS["retry"] | shared | own
    set_here = [key for key in ("backoff_max", "backoff_initial") if key in own]
    if set_here and waits["backoff_max"] < waits["backoff_initial"]:
        longest = printable(dotted((*path, "retry", "backoff_max")))
        complaint = f"it must be at least backoff_initial, which is {waits['backoff_initial']}."
        yield Misfit((*path, "retry", set_here[0]), f"{longest} is {waits['backoff_max']}; {complaint}")


def suggestion(path: KeyPath, known: tuple[str, ...]) -> str:
    """A sentence on the key that was likely meant by an unknown one.

    Args:
        path: The unknown key.
        known: What its table does know.
    """
    import difflib

    *around, name = path
    near = difflib.get_close_matches(name, known, n=1)
    elsewhere = [
        (*table, *section, name)
        for table in (path[:-1], path[:-2], ("providers", "ollama"))
        for section in (*((section,) for section in SECTIONS), ())
    ]
    meant = [(*around, *near)] if near else [place for place in elsewhere if rule_for(place) is not None]
    if meant:
        return f"Did you mean {printable(dotted(meant[0]))}?"
    return f"Known here: {', '.join(known)}."
