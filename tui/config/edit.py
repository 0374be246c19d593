"""Change single values of a TOML text, and nothing else in it. Pure.

tomlkit, which edits TOML too, puts a new key below the comment that announces
the next table, and so tears the two apart. Here a new key goes to the last one
of its table, and every character stays but those of the value itself.
"""

from __future__ import annotations

import re

from tui.config.outline import Entry, Outline, outlined
from tui.config.toml_text import KeyPath, dotted, toml_value


def with_value(text: str, path: KeyPath, value: object) -> str:
    """The text with a key set. A new key goes to its own table, below the line that shows it commented out."""
    outline = outlined(text)
    for entry in outline.below(path):
        if entry.path == path and entry.kind != "header":
            return _spliced(text, entry.value, entry.end, toml_value(value))
    return _with_new(outlined(without_key(text, path)), path, toml_value(value))


def without_key(text: str, path: KeyPath) -> str:
    """The text without a key, or without all keys of a table. Comments on lines of their own stay."""
    outline = outlined(text)
    while below := outline.below(path):
        # The last first: without its header, a table's keys would be those of the table before it.
        outline = outlined(_without_entry(outline, below[-1]))
    return outline.text


def _spliced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _without_entry(outline: Outline, entry: Entry) -> str:
    if entry.kind != "inline":
        return _spliced(outline.text, outline.line_start(entry.start), outline.line_end(entry.end), "")
    siblings = _inside(outline, entry.table)
    place = siblings.index(entry)
    if place > 0:
        return _spliced(outline.text, siblings[place - 1].end, entry.end, "")
    if siblings[1:]:
        return _spliced(outline.text, entry.start, siblings[1].start, "")
    holder = next(e for e in outline.entries if e.path == entry.table and e.kind != "header")
    return _spliced(outline.text, holder.value, holder.end, "{}")


def _inside(outline: Outline, table: KeyPath) -> list[Entry]:
    """What is written inside the braces of a table."""
    return [entry for entry in outline.entries if entry.kind == "inline" and entry.table == table]


def _with_new(outline: Outline, path: KeyPath, value: str) -> str:
    """The text with a key that is not in it yet: in the nearest table around it that is written in some way."""
    for depth in range(len(path) - 1, 0, -1):
        around = outline.below(path[:depth])
        for entry in around:
            if entry.path == path[:depth] and entry.kind != "header" and outline.text.startswith("{", entry.value):
                return _with_new_inline(outline, entry, f"{dotted(path[depth:])} = {value}")
        through_dots = [entry for entry in around if entry.kind == "pair" and len(entry.table) < depth]
        if through_dots:
            last = through_dots[-1]
            return _with_new_line(outline, last, f"{dotted(path[len(last.table) :])} = {value}")
        for entry in around:
            if entry.kind == "header" and entry.path == path[:depth]:
                return _with_new_in_section(outline, entry, path[depth:], value)
    if len(path) == 1:
        return _with_new_in_section(outline, None, path, value)
    return _appended(outline, f"[{dotted(path[:-1])}]", f"{dotted(path[-1:])} = {value}")


def _with_new_inline(outline: Outline, holder: Entry, pair: str) -> str:
    if inside := _inside(outline, holder.path):
        return _spliced(outline.text, inside[-1].end, inside[-1].end, f", {pair}")
    return _spliced(outline.text, holder.value, holder.end, f"{{ {pair} }}")


def _with_new_in_section(outline: Outline, header: Entry | None, key: KeyPath, value: str) -> str:
    """The text with a key set in a table that has a header, or outside of all tables."""
    pair = f"{dotted(key)} = {value}"
    start = 0 if header is None else header.end
    following = next((e for e in outline.entries if e.kind == "header" and e.start >= start), None)
    stop = len(outline.text) if following is None else following.start
    shown = _commented_out(outline.text, start, stop, key[0])
    if shown is not None:
        return _inserted(outline, outline.line_end(shown), pair)
    pairs = [e for e in outline.entries if e.kind == "pair" and start <= e.start < stop]
    if pairs:
        return _with_new_line(outline, pairs[-1], pair)
    if header is not None:
        return _inserted(outline, outline.line_end(header.end), pair)
    if following is None:
        return _inserted(outline, stop, pair)
    return _inserted(outline, _above_comment(outline, following), pair + _newline(outline))


def _commented_out(text: str, start: int, stop: int, name: str) -> int | None:
    """Where a comment of a table shows the key as `#name = …`. Below a header that is commented out, none does."""
    key = re.escape(dotted((name,)))
    for line in re.compile(rf"^[ \t]*#[ \t]*(?:(?P<header>\[)|{key}[ \t]*=)", re.MULTILINE).finditer(text, start, stop):
        return None if line["header"] else line.end()
    return None


def _above_comment(outline: Outline, header: Entry) -> int:
    """Where a header begins, with the comment that stands right above it."""
    start = outline.line_start(header.start)
    while start > 0:
        above = outline.line_start(start - 1)
        if not outline.text.startswith("#", above):
            break
        start = above
    return start


def _with_new_line(outline: Outline, after: Entry, pair: str) -> str:
    indent = outline.text[outline.line_start(after.start) : after.start]
    return _inserted(outline, outline.line_end(after.end), indent + pair)


def _appended(outline: Outline, header: str, pair: str) -> str:
    newline = _newline(outline)
    gap = newline if outline.text.strip() else ""
    return _inserted(outline, len(outline.text), f"{gap}{header}{newline}{pair}")


def _inserted(outline: Outline, position: int, line: str) -> str:
    newline = _newline(outline)
    before = newline if position > 0 and outline.text[position - 1] != "\n" else ""
    return _spliced(outline.text, position, position, f"{before}{line}{newline}")


def _newline(outline: Outline) -> str:
    return "\r\n" if "\r\n" in outline.text else "\n"
