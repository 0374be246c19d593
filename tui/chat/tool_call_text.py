"""A tool call as the user reads it before it runs: its arguments, and what its server says about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from tui.chat.formatting import format_json

if TYPE_CHECKING:
    from tui.chat.tools import ToolSpec

MAX_CHARACTERS: Final = 100_000
"""Characters of an argument that are shown."""


def claims_of(spec: ToolSpec) -> str:
    """What the server says about what a call of the tool changes, in one sentence."""
    said = []
    if spec.read_only:
        said.append("reads only")
    if spec.destructive:
        said.append("may destroy something")
    elif not spec.read_only and (spec.read_only is False or spec.destructive is False):
        said.append("changes something" + (", destroys nothing" if spec.destructive is False else ""))
    return f"Its server says: {', '.join(said)}." if said else "Its server says nothing about what it changes."


def argument_text(value: object) -> str:
    """A value as it is sent. Texts that look like another value, or like nothing, stand in quotes."""
    if not isinstance(value, str):
        return format_json(value, 2)
    return value if value and value == value.strip() and not _is_ambiguous(value) else format_json(value)


def _is_ambiguous(text: str) -> bool:
    """Whether a text looks like a JSON value other than a text."""
    return text in ("true", "false", "null") or text[0] in '"[{' or text.lstrip("-")[:1].isdecimal()


def texts_in(value: object) -> Iterator[str]:
    """All texts in a value, names included, as far as they are shown."""
    left, room = [value], MAX_CHARACTERS
    while left and room > 0:
        value = left.pop()
        if isinstance(value, str):
            yield value[:room]
            room -= len(value)
        elif isinstance(value, Mapping):
            left += [*value.values(), *value]
        elif isinstance(value, list):
            left += value
