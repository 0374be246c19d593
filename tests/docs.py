"""The tables of keys, commands, settings and error kinds in the documentation, and the manual page, from the code.

`python -m tests.docs` writes them between their markers. `python -m tests.docs --check` prints a unified diff and exits
with 1 if a document is out of date. A Markdown file marks a table with `<!-- generated: keys -->` and
`<!-- /generated -->`, a Python file with `# generated: keys` and `# /generated`.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from tests.manual import manual_page
from tui import errors
from tui.config.rules import Rule
from tui.config.sections import defaults_of, rules_of
from tui.config.settings import SECTIONS, ProviderSettings, Settings
from tui.config.toml_text import toml_value
from tui.config.tool_settings import ToolServerSettings, ToolSettings
from tui.errors import ErrorKind, ProviderError
from tui.plain.commands import BY_WORD
from tui.workspace.command import Command, Place
from tui.workspace.commands import BY_NAME, BY_SLASH, COMMANDS
from tui.workspace.keys import key_label

ROOT: Final = Path(__file__).parent.parent
DOCUMENTS: Final = (ROOT / "README.md", ROOT / "tui" / "README.md", ROOT / "tui" / "demo" / "guide.py")

WHOLE: Final[Mapping[Path, Callable[[], str]]] = {ROOT / "tui" / "man" / "llm-tui.1": manual_page}
"""Documents that are generated as a whole."""

_MARKED: Final = re.compile(
    r"^(?P<begin><!-- generated: (?P<name>[\w-]+) -->|\# generated: (?P<python_name>[\w-]+))\n"
    r"(?P<table>.*?)"
    r"^(?P<end><!-- /generated -->|\# /generated)$",
    re.MULTILINE | re.DOTALL,
)

_PLACES: Final[Mapping[Place, str]] = {
    "anywhere": "anywhere",
    "prompt": "in the prompt",
    "log": "in the conversation",
    "call": "on a call that asks",
    "sidebar": "in the list",
}

_GUIDE_COMMANDS: Final = (
    "send",
    "new_line",
    "cancel_stream",
    "new_conversation",
    "help",
    "settings",
    "focus_sidebar",
    "pick_model",
    "regenerate",
    "copy_answer",
    "continue_answer",
    "compare",
    "edit_prompt",
    "search",
    "search_all",
    "toggle_sidebar",
    "quit",
)
"""The commands that the demo's guide lists: the ones that a new user needs first."""

_REQUIRED: Final = frozenset({"type", "base_url"})
"""The keys that a provider must have. The built-in ones have them."""


class DocumentationError(Exception):
    """A document has a marker of a table that does not exist."""


def keys_table() -> str:
    """All commands with their default keys, by the place where the keys work."""
    rows = [
        (_keys_cell(command), where, command.help, f"`{command.name}`")
        for place, where in _PLACES.items()
        for command in COMMANDS
        if command.place == place and command.keys
    ]
    return _table(("key", "where", "does", "name in `[keys]`"), rows)


def slash_table() -> str:
    """All slash commands."""
    rows = [
        (f"`/{command.slash} {command.argument}".rstrip() + "`", command.typed_help) for command in BY_SLASH.values()
    ]
    return _table(("command", "does"), [*rows, ("`@FILE`", "Attach a text file or an image")])


def plain_table() -> str:
    """The commands that only the plain chat has."""
    rows = [(f"`{command.usage}`", command.help) for word, command in BY_WORD.items() if word not in BY_SLASH]
    return _table(("command", "does"), rows)


def settings_table() -> str:
    """All keys of the config file, with their defaults and valid values."""
    tables = [
        ("", Settings),
        *((f"{name}.", section) for name, section in SECTIONS.items()),
        ("providers.NAME.", ProviderSettings),
        ("tools.", ToolSettings),
        ("mcp.NAME.", ToolServerSettings),
    ]
    named = {"providers", "mcp", "tools", *SECTIONS}
    rows = [
        (f"`{prefix}{name}`", _default_cell(name, rule, defaults_of(section)), rule.about, rule.allowed)
        for prefix, section in tables
        for name, rule in rules_of(section).items()
        if prefix or name not in named
    ]
    return _table(("key", "default", "meaning", "allowed"), rows)


def errors_table() -> str:
    """All kinds of a provider's errors."""
    kinds = {error.kind: error for error in vars(errors).values() if _has_kind(error)}
    rows = [(f"`{kind}`", _first_line(kinds[kind])) for kind in get_args(ErrorKind)]
    return _table(("kind", "means"), rows)


def guide_keys_table() -> str:
    """The most important keys, for the demo's guide, which may not import the table of commands."""
    rows = [(_keys_cell(BY_NAME[name]), BY_NAME[name].help) for name in _GUIDE_COMMANDS]
    return f'_KEY_TABLE: Final = """\\\n{_table(("key", "command"), rows)}"""\n'


def guide_log_keys_table() -> str:
    """The keys for messages, for the demo's guide."""
    rows = [(_keys_cell(command), command.help) for command in COMMANDS if command.place == "log"]
    return f'_LOG_KEY_TABLE: Final = """\\\n{_table(("key", "command"), rows)}"""\n'


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "keys": keys_table,
    "slash": slash_table,
    "plain": plain_table,
    "settings": settings_table,
    "errors": errors_table,
    "guide-keys": guide_keys_table,
    "guide-log-keys": guide_log_keys_table,
}
"""Generators of the text between markers, by the name in the marker."""


def generate(text: str) -> str:
    """A document with all its tables up to date.

    Args:
        text: The document. A document without markers is unchanged.

    Raises:
        DocumentationError: If a marker names an unknown table.
    """

    def replaced(match: re.Match[str]) -> str:
        name = match["name"] or match["python_name"]
        if name not in TABLES:
            raise DocumentationError(f"Unknown table {name!r}. Known tables: {', '.join(TABLES)}.")
        return f"{match['begin']}\n{TABLES[name]()}{match['end']}"

    return _MARKED.sub(replaced, text)


def generated(path: Path) -> str:
    """A document as it should be."""
    return WHOLE[path]() if path in WHOLE else generate(path.read_text(encoding="utf-8"))


def difference(path: Path) -> str:
    """What would change in a document, as a unified diff. Empty if it is up to date."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), generated(path).splitlines(keepends=True), name, f"{name} (generated)"
    )
    return "".join(lines)


def main(arguments: Sequence[str] | None = None, documents: Iterable[Path] = (*DOCUMENTS, *WHOLE)) -> int:
    """Update or check the documents; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs", description="Generate the tables in the docs.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a document is out of date")
    check = parser.parse_args(arguments).check
    differences = {path: found for path in documents if (found := difference(path))}
    for path, found in differences.items():
        if check:
            sys.stdout.write(found)
        else:
            path.write_text(generated(path), encoding="utf-8")
    if check and differences:
        print("The documentation is out of date. `python -m tests.docs` updates it.", file=sys.stderr)
        return 1
    return 0


def _has_kind(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, ProviderError) and hasattr(value, "kind")


def _first_line(error: type[ProviderError]) -> str:
    assert error.__doc__
    return error.__doc__.splitlines()[0]


def _keys_cell(command: Command) -> str:
    labels = key_label(command.keys).split(", ")
    return ", ".join(f"`{label}`" if len(label) == 1 and label.isascii() else label for label in labels)


def _default_cell(name: str, rule: Rule, defaults: Mapping[str, Any]) -> str:
    if rule.fields is not None:
        return f"`[{name}]`"
    if rule.types == (dict,):
        return "`{}`"
    if name in _REQUIRED:
        return "required"
    value = defaults[name]
    return "not set" if value is None else f"`{toml_value(list(value) if isinstance(value, tuple) else value)}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"{line}\n" for line in _table_lines(head, rows))


def _table_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


if __name__ == "__main__":
    sys.exit(main())
