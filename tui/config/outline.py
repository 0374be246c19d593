"""The position of each key in a TOML text: its line for error messages, its span for edits.

`tomllib` reports neither. The text must be one that `tomllib` has parsed. Syntax
that this module does not know ends the outline; it never leads to a wrong position.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from tui.config.toml_text import DOTTED_KEY, KeyPath, key_path
from tui.light_dataclass import dataclass

_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_HEADER: Final = re.compile(rf"\[(?P<array>\[)?[ \t]*(?P<key>{DOTTED_KEY})[ \t]*\]\]?")
_PAIR: Final = re.compile(rf"(?P<key>{DOTTED_KEY})[ \t]*=[ \t]*")
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")
_TOKEN: Final = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})'''
    r"""|'''.*?'''(?:'{0,2})"""
    r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'"""
    r"|#[^\n]*|[\[\]{}]",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key at its position in the text."""

    kind: Literal["header", "pair", "inline"]
    """`[key]` or `[[key]]`, `key = …` on its own line, or `key = …` inside braces."""

    path: KeyPath
    """The full key. An array of tables adds the index of the table: `("servers", "[0]", "name")`."""

    table: KeyPath
    """The table that contains the entry. The rest of `path` is the key as written there."""

    start: int
    """The position of the first character."""

    value: int
    """The start of the value. For a header, its end."""

    end: int
    """The end of the value."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A TOML text and its keys, in the order of the text."""

    text: str
    entries: tuple[Entry, ...]

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, counted from 1. If the text does not have the key, the line of its table, else None."""
        for length in range(len(path), 0, -1):
            for entry in self.entries:
                if entry.path[:length] == path[:length]:
                    return self.text.count("\n", 0, entry.start) + 1
        return None

    def below(self, path: KeyPath) -> tuple[Entry, ...]:
        """The entries of a key and of everything inside it."""
        return tuple(entry for entry in self.entries if entry.path[: len(path)] == path)

    def line_start(self, position: int) -> int:
        """The start of the line that contains a position."""
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """The start of the line after the one that contains a position."""
        newline = self.text.find("\n", position)
        return len(self.text) if newline < 0 else newline + 1


def parse_outline(text: str) -> Outline:
    """Find the keys of a TOML text."""
    entries: list[Entry] = []
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    position = _skip_space(text, 0)
    while position < len(text):
        header = _HEADER.match(text, position)
        if header is None:
            end = _parse_pair(text, position, table, "pair", entries)
            if end is None:
                break
        else:
            key = key_path(header["key"])
            table = (*_with_indexes(key[:-1], counts), key[-1])
            if header["array"]:
                counts[table] = counts.get(table, -1) + 1
            table = _with_indexes(table, counts) if header["array"] else table
            end = header.end()
            entries.append(Entry("header", table, table, position, end, end))
        position = _skip_space(text, end)
    return Outline(text, tuple(entries))


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return position if space is None else space.end()


def _with_indexes(key: KeyPath, counts: dict[KeyPath, int]) -> KeyPath:
    """A key of a header, with the index of the current table added after each array of tables."""
    path: KeyPath = ()
    for part in key:
        path = (*path, part)
        if path in counts:
            path = (*path, f"[{counts[path]}]")
    return path


def _parse_pair(
    text: str, start: int, table: KeyPath, kind: Literal["pair", "inline"], entries: list[Entry]
) -> int | None:
    """Append the entries of a pair and of the pairs inside it. Returns its end, or None if there is no pair."""
    pair = _PAIR.match(text, start)
    if pair is None:
        return None
    path = (*table, *key_path(pair["key"]))
    end = _value_end(text, pair.end())
    entries.append(Entry(kind, path, table, start, pair.end(), end))
    if text.startswith("{", pair.end()):
        inner: int | None = pair.end() + 1
        while inner is not None:
            inner = _parse_pair(text, _skip_space(text, inner), path, "inline", entries)
            if inner is not None:
                comma = _skip_space(text, inner)
                inner = comma + 1 if text.startswith(",", comma) else None
    return end


def _value_end(text: str, start: int) -> int:
    depth = 0
    if text[start : start + 1] in ("[", "{", '"', "'"):
        for token in _TOKEN.finditer(text, start):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
            if depth == 0:
                return token.end()
    scalar = _SCALAR.match(text, start)
    return start if scalar is None else start + len(scalar[0].rstrip())
