"""Changes single values in a TOML text, and nothing else in it. Pure.

tomlkit's public interface adds a new key below the comments at the end of its
table, which separates the next table from the comment above it; only its
private `_insert_after` could avoid that.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from tui.config.outline import Entry, Outline, parse_outline
from tui.config.toml_text import KEY_PART, KeyPath, dotted, toml_value

_KEY_PART: Final = re.compile(KEY_PART)


def with_value(text: str, path: KeyPath, value: object) -> str:
    """Set a key. A new key is added to its table, below the line where it is commented out or below the last key."""
    outline = parse_outline(text)
    for entry in outline.below(path):
        if entry.path == path and entry.kind != "header":
            return _replace(text, entry.value, entry.end, toml_value(value))
    return _add(parse_outline(without_key(text, path)), path, toml_value(value))


def without_key(text: str, path: KeyPath) -> str:
    """Remove a key, or all keys of a table. Comments on their own lines stay."""
    outline = parse_outline(text)
    while below := outline.below(path):
        # From the last to the first: without its header, a table's keys would belong to the table before it.
        outline = parse_outline(_without_entry(outline, below[-1]))
    return outline.text


def with_name(text: str, path: KeyPath, name: str) -> str:
    """Rename a table wherever the text names it: in headers and in dotted keys. All else stays as it is.

    Args:
        text: The text.
        path: The table.
        name: Its new name, in the same table as before.
    """
    # From the last to the first, so that the positions of the others stay the same.
    for entry in reversed(parse_outline(text).below(path)):
        n_before = 0 if entry.kind == "header" else len(entry.table)
        if n_before < len(path):
            part = next(islice(_KEY_PART.finditer(text, entry.start), len(path) - 1 - n_before, None))
            text = _replace(text, *part.span(), dotted((name,)))
    return text


def _replace(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _without_entry(outline: Outline, entry: Entry) -> str:
    if entry.kind != "inline":
        start, end = outline.line_start(entry.start), outline.line_end(entry.end)
        if entry.kind == "header":
            start = _without_blank_line(outline.text, start, end)
        return _replace(outline.text, start, end, "")
    siblings = _inline_keys(outline, entry.table)
    index = siblings.index(entry)
    if index > 0:
        return _replace(outline.text, siblings[index - 1].end, entry.end, "")
    if siblings[1:]:
        return _replace(outline.text, entry.start, siblings[1].start, "")
    inline_table = next(e for e in outline.entries if e.path == entry.table and e.kind != "header")
    return _replace(outline.text, inline_table.value, inline_table.end, "{}")


def _without_blank_line(text: str, start: int, end: int) -> int:
    """Where to cut from, so that cutting a table out leaves no two blank lines in its place, and none at the end."""
    blank = re.search(r"(?:\A|\n)(\r?\n)\Z", text[:start])
    is_blank_below = end == len(text) or re.match(r"\r?\n", text[end:]) is not None
    return blank.start(1) if blank is not None and is_blank_below else start


def _inline_keys(outline: Outline, table: KeyPath) -> list[Entry]:
    """The keys inside the braces of an inline table."""
    return [entry for entry in outline.entries if entry.kind == "inline" and entry.table == table]


def _add(outline: Outline, path: KeyPath, value: str) -> str:
    """Add a key that the text does not have, to the nearest enclosing table that the text has."""
    for depth in range(len(path) - 1, 0, -1):
        entries = outline.below(path[:depth])
        for entry in entries:
            if entry.path == path[:depth] and entry.kind != "header" and outline.text.startswith("{", entry.value):
                return _add_inline(outline, entry, f"{dotted(path[depth:])} = {value}")
        dotted_pairs = [entry for entry in entries if entry.kind == "pair" and len(entry.table) < depth]
        if dotted_pairs:
            last = dotted_pairs[-1]
            return _add_line_after(outline, last, f"{dotted(path[len(last.table) :])} = {value}")
        for entry in entries:
            if entry.kind == "header" and entry.path == path[:depth]:
                return _add_to_section(outline, entry, path[depth:], value)
    if len(path) == 1:
        return _add_to_section(outline, None, path, value)
    return _append_table(outline, f"[{dotted(path[:-1])}]", f"{dotted(path[-1:])} = {value}")


def _add_inline(outline: Outline, inline_table: Entry, pair: str) -> str:
    if inside := _inline_keys(outline, inline_table.path):
        return _replace(outline.text, inside[-1].end, inside[-1].end, f", {pair}")
    return _replace(outline.text, inline_table.value, inline_table.end, f"{{ {pair} }}")


def _add_to_section(outline: Outline, header: Entry | None, key: KeyPath, value: str) -> str:
    """Add a key to a table with a header, or to the root table."""
    pair = f"{dotted(key)} = {value}"
    start = 0 if header is None else header.end
    next_header = next((e for e in outline.entries if e.kind == "header" and e.start >= start), None)
    stop = len(outline.text) if next_header is None else next_header.start
    commented = _find_commented_out(outline.text, start, stop, key[0])
    if commented is not None:
        return _insert_line(outline, outline.line_end(commented), pair)
    pairs = [e for e in outline.entries if e.kind == "pair" and start <= e.start < stop]
    if pairs:
        return _add_line_after(outline, pairs[-1], pair)
    if header is not None:
        return _insert_line(outline, outline.line_end(header.end), pair)
    if next_header is None:
        return _insert_line(outline, stop, pair)
    return _insert_line(outline, _start_with_comment(outline, next_header), pair + _newline(outline))


def _find_commented_out(text: str, start: int, stop: int, name: str) -> int | None:
    """The position of a comment `#name = …` in a table. None below a header that is commented out itself."""
    key = re.escape(dotted((name,)))
    for line in re.compile(rf"^[ \t]*#[ \t]*(?:(?P<header>\[)|{key}[ \t]*=)", re.MULTILINE).finditer(text, start, stop):
        return None if line["header"] else line.end()
    return None


def _start_with_comment(outline: Outline, header: Entry) -> int:
    """The start of a header, including the comment directly above it."""
    start = outline.line_start(header.start)
    while start > 0:
        above = outline.line_start(start - 1)
        if not outline.text.startswith("#", above):
            break
        start = above
    return start


def _add_line_after(outline: Outline, after: Entry, pair: str) -> str:
    indent = outline.text[outline.line_start(after.start) : after.start]
    return _insert_line(outline, outline.line_end(after.end), indent + pair)


def _append_table(outline: Outline, header: str, pair: str) -> str:
    newline = _newline(outline)
    blank_line = newline if outline.text.strip() else ""
    return _insert_line(outline, len(outline.text), f"{blank_line}{header}{newline}{pair}")


def _insert_line(outline: Outline, position: int, line: str) -> str:
    newline = _newline(outline)
    before = newline if position > 0 and outline.text[position - 1] != "\n" else ""
    return _replace(outline.text, position, position, f"{before}{line}{newline}")


def _newline(outline: Outline) -> str:
    return "\r\n" if "\r\n" in outline.text else "\n"
