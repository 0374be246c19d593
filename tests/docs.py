"""Writes the tables of the README from the code: keys, slash commands, settings, kinds of error.

python -m tests.docs          writes them
python -m tests.docs --check  exits 1, with a diff, where the README is out of date
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from tui import errors
from tui.config.sections import defaults_of, rules_of
from tui.config.settings import BUILT_IN, SECTIONS, ProviderSettings, Settings
from tui.config.toml_text import toml_value
from tui.errors import ErrorKind, ProviderError
from tui.workspace.commands import BY_SLASH, COMMANDS, Keys, Place

README: Final = Path(__file__).parents[1] / "README.md"

_PLACES: Final[Mapping[Place, str]] = {
    "anywhere": "anywhere",
    "prompt": "in the prompt",
    "log": "in the conversation",
    "sidebar": "in the list",
}
_TABLES_OF_PROVIDERS: Final = frozenset({"timeouts", "buffers", "retry"})


def main(arguments: list[str]) -> int:
    """Write the tables, or check them; returns the exit code."""
    before = README.read_text(encoding="utf-8")
    after = with_tables(before)
    if "--check" not in arguments:
        README.write_text(after, encoding="utf-8")
        return 0
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), "README.md", "generated", lineterm="")
    print("\n".join(diff))
    return int(before != after)


def with_tables(text: str) -> str:
    """A text with the table between each pair of markers made anew."""

    def replaced(found: re.Match[str]) -> str:
        return f"{found[1]}\n{chr(10).join(TABLES[found[2]]())}\n{found[4]}"

    return re.sub(r"(<!-- generated: (\w+) -->)\n(.*?)(<!-- /generated -->)", replaced, text, flags=re.DOTALL)


def keys_table() -> Iterable[str]:
    """All commands with keys."""
    keys = Keys({})
    yield "| key | where | does | name in `[keys]` |"
    yield "| --- | --- | --- | --- |"
    for place, where in _PLACES.items():
        for command in COMMANDS:
            if command.place == place and command.keys:
                yield f"| {keys.label(command.name)} | {where} | {_cell(command.help)} | `{command.name}` |"


def slash_table() -> Iterable[str]:
    """All slash commands."""
    yield "| command | does |"
    yield "| --- | --- |"
    for command in BY_SLASH.values():
        usage = f"/{command.slash} {command.argument}".rstrip()
        yield f"| `{usage}` | {_cell(command.slash_help or command.help)} |"


def settings_table() -> Iterable[str]:
    """All keys of the config."""
    yield "| key | default | |"
    yield "| --- | --- | --- |"
    yield from _settings("", rules_of(Settings), defaults_of(Settings), skip=frozenset())
    for name, section in SECTIONS.items():
        yield from _settings(f"{name}.", rules_of(section), defaults_of(section), skip=frozenset())
    yield f"| `keys.COMMAND` | | {_cell(rules_of(Settings)['keys'].about)} |"
    provider = {**defaults_of(ProviderSettings), **BUILT_IN["ollama"]}
    yield from _settings("providers.NAME.", rules_of(ProviderSettings), provider, skip=_TABLES_OF_PROVIDERS)
    yield "| `providers.NAME.timeouts`, `.buffers`, `.retry` | | Any of the keys above, for this provider alone. |"


def errors_table() -> Iterable[str]:
    """All kinds of error."""
    yield "| kind | means |"
    yield "| --- | --- |"
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ProviderError)]
    meanings = {each.kind: (each.__doc__ or "").split("\n")[0] for each in classes if each is not ProviderError}
    for kind in get_args(ErrorKind):
        yield f"| `{kind}` | {_cell(meanings[kind])} |"


TABLES: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "keys": keys_table,
    "slash": slash_table,
    "settings": settings_table,
    "errors": errors_table,
}


def _settings(
    prefix: str, rules: Mapping[str, Any], defaults: Mapping[str, Any], *, skip: frozenset[str]
) -> Iterable[str]:
    for name, rule in rules.items():
        if name in defaults and name not in skip:
            default = defaults[name]
            shown = "" if default is None else f"`{toml_value(default)}`"
            yield f"| `{prefix}{name}` | {shown} | {_cell(rule.about)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
