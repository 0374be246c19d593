"""The output of `llm-tui config show`: the effective values and their origins, with secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui.config.load import LoadedSettings
from tui.config.sections import rules_of
from tui.config.tables import leaves
from tui.config.toml_text import KeyPath, dotted, printable, toml_value


def show_lines(loaded: LoadedSettings, environ: Mapping[str, str]) -> list[str]:
    """The settings as TOML, each value with its origin in a comment.

    Args:
        loaded: The settings.
        environ: The environment variables, to show whether the variables for API keys are set.
    """
    return [printable(line) for line in _lines(loaded, environ)]


def _lines(loaded: LoadedSettings, environ: Mapping[str, str]) -> Iterator[str]:
    yield f"# {loaded.path}{'' if loaded.exists else ' (not found)'}"
    root = _table(loaded.settings)
    tables = {(name,): root.pop(name) for name in list(root) if isinstance(root[name], dict)}
    providers = {("providers", name): _table(provider) for name, provider in loaded.settings.providers.items()}
    tool_servers = {("mcp", name): _table(server) for name, server in loaded.settings.mcp.items()}
    yield from _pairs((), root, loaded.origins, environ)
    for path, table in (tables | providers | tool_servers).items():
        if table:
            yield from ("", f"[{dotted(path)}]")
            yield from _pairs(path, table, loaded.origins, environ)


def _table(section: object) -> dict[str, Any]:
    """A section as a table with its secrets masked, without the tables whose names the user chooses."""
    rules = {name: rule for name, rule in rules_of(type(section)).items() if name not in ("providers", "mcp")}
    values = {name: getattr(section, name) for name in rules}
    return {
        name: None if value is None else _table(value) if rules[name].fields else rules[name].mask(value)
        for name, value in values.items()
    }


def _pairs(
    path: KeyPath, table: Mapping[str, Any], origins: Mapping[str, str], environ: Mapping[str, str]
) -> Iterator[str]:
    for key, value in leaves(table):
        origin = origins.get(dotted((*path, *key)))
        if value is None:
            yield f"# {dotted(key)} is not set"
        # Without an origin, the provider uses the shared value, which is shown in its own table.
        elif origin is not None:
            variable = value if key == ("api_key_env",) else ""
            note = f"; {variable} is {'' if environ.get(variable) else 'not '}set" if variable else ""
            yield f"{dotted(key)} = {toml_value(value)}  # {origin}{note}"
