"""Where each key of a TOML text stands: its line for complaints, its place for edits.

`tomllib` tells neither. The text must be one that it has read: what is broken
or newer than this knows of is not found, never found in the wrong place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from tui.config.toml_text import DOTTED_KEY, KeyPath, key_path

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
    """One key where it is written."""

    kind: Literal["header", "pair", "inline"]
    """`[key]` or `[[key]]`, `key = …` on a line of its own, or `key = …` inside braces."""

    path: KeyPath
    """The whole key. An array of tables adds the number of the table: `("servers", "[0]", "name")`."""

    table: KeyPath
    """The table in which it is written. What `path` has beyond it is what is written there."""

    start: int
    """Where its first character is."""

    value: int
    """Where its value begins. For a header, where it ends."""

    end: int
    """Where its value ends."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A TOML text, and every key in it in the order in which they are written."""

    text: str
    entries: tuple[Entry, ...]

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, counted from 1. Of its table, when it is not written; None when that is not either."""
        for length in range(len(path), 0, -1):
            for entry in self.entries:
                if entry.path[:length] == path[:length]:
                    return self.text.count("\n", 0, entry.start) + 1
        return None

    def below(self, path: KeyPath) -> tuple[Entry, ...]:
        """The entries of a key and of all that is inside it."""
        return tuple(entry for entry in self.entries if entry.path[: len(path)] == path)

    def line_start(self, position: int) -> int:
        """Where the line begins that a position is on."""
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """Where the line after that begins."""
        newline = self.text.find("\n", position)
        return len(self.text) if newline < 0 else newline + 1


def outlined(text: str) -> Outline:
    """Find the keys of a TOML text."""
    entries: list[Entry] = []
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    position = _space_end(text, 0)
    while position < len(text):
        header = _HEADER.match(text, position)
        if header is None:
            end = _read_pair(text, position, table, "pair", entries)
            if end is None:
                break
        else:
            key = key_path(header["key"])
            table = (*_with_numbers(key[:-1], counts), key[-1])
            if header["array"]:
                counts[table] = counts.get(table, -1) + 1
            table = _with_numbers(table, counts) if header["array"] else table
            end = header.end()
            entries.append(Entry("header", table, table, position, end, end))
        position = _space_end(text, end)
    return Outline(text, tuple(entries))


def _space_end(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return position if space is None else space.end()


def _with_numbers(key: KeyPath, counts: dict[KeyPath, int]) -> KeyPath:
    """A key as a header names it, with the number of the last table wherever it goes through an array of tables."""
    path: KeyPath = ()
    for part in key:
        path = (*path, part)
        if path in counts:
            path = (*path, f"[{counts[path]}]")
    return path


def _read_pair(
    text: str, start: int, table: KeyPath, kind: Literal["pair", "inline"], entries: list[Entry]
) -> int | None:
    """Add a pair, and those inside it. Returns where it ends, or None when there is none."""
    pair = _PAIR.match(text, start)
    if pair is None:
        return None
    path = (*table, *key_path(pair["key"]))
    end = _value_end(text, pair.end())
    entries.append(Entry(kind, path, table, start, pair.end(), end))
    if text.startswith("{", pair.end()):
        inner: int | None = pair.end() + 1
        while inner is not None:
            inner = _read_pair(text, _space_end(text, inner), path, "inline", entries)
            if inner is not None:
                comma = _space_end(text, inner)
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
