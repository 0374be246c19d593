"""The end of a long text as a document of its own, to be shown until all of the text was read.

What a line means depends on few of the lines above it: an open fence or item, the header of a table, the kind of a
quote, the number of an item. Those are found by searching the text, and repeated above the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import nlargest
from typing import Final, NamedTuple

from tui.lazy_pattern import lazy_pattern
from tui.ui.markdown.fences import FenceEnd
from tui.ui.markdown.incremental import SECTION_ROWS, table_rows
from tui.ui.markdown.quotes import alert_of
from tui.ui.markdown.render import parse_table
from tui.ui.markdown.row_filter import are_no_wider
from tui.ui.markdown.sections import TableSections
from tui.ui.markdown.tables import columns_of

_STARTS: Final = tuple(
    map(
        lazy_pattern,
        (
            # A paragraph or heading below a blank line, which ends everything but a fence.
            r"\n\n(?=[^\s>|*+`~\d-])",
            # Any block below a blank line, or an item.
            r"\n(?:\n(?=\S)|(?=(?:[-*+]|\d{1,9}[.)]) ))",
            # A paragraph in a quote.
            r"\n>[ \t]*\n(?=> ?[^\s>])",
            r"\n",
            r" ",
        ),
    )
)
"""Where a document may begin, best first."""

_FENCE_LINE: Final = lazy_pattern(
    r"((?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*)(`{3,}(?=[^`]*\Z)|~{3,})"
)
"""A line that opens or closes a fence, and what stands before the marks."""

_BLOCK: Final = lazy_pattern(r"(?<=\n)\n|\n(?=(?:[-*+]|\d{1,9}[.)]|#{1,6}) )")
"""The newline above a block that certainly begins with the next line."""

_FENCE_MARKS: Final = ("```", "~~~")
_UNQUOTED: Final = lazy_pattern(r"^(?! {0,3}>)", re.MULTILINE)
_UNINDENTED: Final = lazy_pattern(r"^(?=\S)", re.MULTILINE)
_NOT_AN_ORDERED_ITEM: Final = lazy_pattern(r"^(?!\d{1,9}[.)] )(?=\S)", re.MULTILINE)
_ORDERED_ITEM: Final = lazy_pattern(r"^(\d{1,9})([.)]) ", re.MULTILINE)
_RULE: Final = lazy_pattern(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
"""The line below the header of a table."""

_MAX_HEAD: Final = 2_000
"""Characters of the lines that are repeated above the end."""

_MOST_MEASURED: Final = 1_000_000
"""Characters of code or of a table above the end that are examined for what is wide."""

_LONGEST_ROWS: Final = 8
"""Rows of a table above the end that are measured first."""

_MOST_WRAPPED: Final = 300_000
"""Characters of a paragraph above the end that are wrapped with it."""


class Ending(NamedTuple):
    """The end of a text."""

    head: str
    """Lines from above it, or made up, that it needs to be understood. Empty for none."""
    text: str
    certain_lines: int = 0
    """The lines at the end that are certainly those of the whole text. 0 if it is not known how many."""

    @property
    def source(self) -> str:
        """Both together."""
        return f"{self.head}\n{self.text}" if self.head else self.text


def ending(text: str, size: int) -> Ending:
    """The end of a text, with what its first lines need to be understood above it.

    Its last lines look as they do in the whole text; those near its beginning need not. It begins between paragraphs if
    it can, else between lines, else between words.

    Args:
        text: The whole text.
        size: The characters of it that are wanted. There may be half of them, or more.
    """
    if len(text) <= size:
        return Ending("", text)
    start = _beginning(text, len(text) - size, len(text) - size // 2)
    head = _open_fence(text, start)
    if not head and text.startswith("|", start) and (table := _end_of_table(text, start)):
        return table
    head = head or _opening(text, start)
    if not head and text[start] not in "> \t":
        start = _beginning_of_paragraph(text, start)
    return Ending(head if len(head) <= _MAX_HEAD else "", text[start:])


def _beginning(text: str, first: int, last: int) -> int:
    """The best place to begin between two offsets."""
    found = (pattern.search(text, first, last) for pattern in _STARTS)
    return next((match.end() for match in found if match), first)


def _beginning_of_paragraph(text: str, start: int) -> int:
    """Where the paragraph begins that has an offset, because where it is wrapped depends on all of it.

    The offset itself if a block begins there, or if the paragraph is too long.
    """
    if text[start - 1] == "\n" and _BLOCK.match(text, start - 1):
        return start
    above = text.rfind("\n\n", max(0, start - _MOST_WRAPPED), start)
    if above < 0 and start > _MOST_WRAPPED:
        return start
    return above + 2 if above >= 0 else 0


def _opening(text: str, start: int) -> str:
    """What opens the quote, item or list that a line belongs to. Empty if that does not matter."""
    if text[start] == ">":
        above = text.rfind("\n\n", 0, start)
        first, _, _ = text[0 if above < 0 else above + 2 :][:_MAX_HEAD].partition("\n")
        return first if alert_of(first.removeprefix(">"))[0] else ""
    if item := _ORDERED_ITEM.match(text, start):
        return _item_before(text, start, item)
    if text[start] in " \t" and text[start - 1] == "\n":
        blank = "\n" if text.startswith("\n\n", start - 2) else ""
        opening = _line_at(text, _last(_UNINDENTED, text, start))
        return f"{opening}{blank}" if opening else ""
    return ""


def _item_before(text: str, start: int, item: re.Match[str]) -> str:
    """An item with the number before the one that an item is shown with. Empty if it begins a list."""
    following = _ORDERED_ITEM.search(text, item.end())
    if following and int(following[1]) == int(item[1]) + 1:
        # Items that are numbered in their source very likely begin with the first number.
        return ""
    list_start = max(0, _last(_NOT_AN_ORDERED_ITEM, text, start))
    first = _ORDERED_ITEM.search(text, list_start)
    count = sum(1 for _ in _ORDERED_ITEM.finditer(text, list_start, start))
    return f"{int(first[1]) + count - 1}{item[2]} x" if first and count else ""


def _last(pattern: re.Pattern[str], text: str, stop: int) -> int:
    """The offset of the last match of a pattern for the beginning of a line. -1 if there is none."""
    size = 4_000
    while True:
        first = max(0, stop - size)
        found = -1
        for match in pattern.finditer(text, first and text.find("\n", first, stop) + 1, stop):
            found = match.start()
        if found >= 0 or not first:
            return found
        size *= 4


def _line_at(text: str, start: int) -> str:
    """The line at an offset. Empty if it is long, or at -1."""
    stop = text.find("\n", start, start + _MAX_HEAD)
    return text[start:stop] if start >= 0 and stop >= 0 else ""


def _open_fence(text: str, stop: int) -> str:
    """The first line of the fence that is open at an offset, and the widest line of its code. Empty if none is open."""
    end: FenceEnd | None = None
    opened = 0
    opening = prefix = ""
    for at in _fence_lines(text, stop):
        line = text[at : text.find("\n", at) if text.find("\n", at) >= 0 else len(text)]
        found = _FENCE_LINE.match(line)
        if end is not None and not _is_left(text, opened, at, prefix):
            if end.closes(line.lstrip(" \t>") if prefix else line):
                end = None
        elif found is not None:
            opened, opening, prefix = at, line, found[1]
            end = FenceEnd(line[len(prefix) :])
        else:
            end = None
    if end is None or _is_left(text, opened, stop, prefix):
        return ""
    if prefix and not prefix.strip():
        opening = f"{_line_at(text, _last(_UNINDENTED, text, opened))}\n{opening}"
    if stop - opened > _MOST_MEASURED:
        return opening
    return f"{opening}\n{max(text[opened + len(opening) : stop].split(chr(10)), key=len)}"


def _fence_lines(text: str, stop: int) -> Iterator[int]:
    """The offsets of the lines that may open or close a fence."""
    following = {mark: text.find(mark, 0, stop) for mark in _FENCE_MARKS}
    while (found := min((at for at in following.values() if at >= 0), default=-1)) >= 0:
        start = text.rfind("\n", 0, found) + 1
        if not text[start:found].strip(" \t>-*+.)0123456789"):
            yield start
        line_end = text.find("\n", found, stop)
        if line_end < 0:
            return
        following = {
            mark: at if at < 0 or at > line_end else text.find(mark, line_end, stop) for mark, at in following.items()
        }


def _is_left(text: str, opened: int, at: int, prefix: str) -> bool:
    """Whether the quote or item around a fence ends between its first line and another offset."""
    if not prefix.strip():
        return False
    below = text.find("\n", opened, at) + 1
    return below > 0 and (_UNQUOTED if ">" in prefix else _UNINDENTED).search(text, below, at) is not None


def _end_of_table(text: str, start: int) -> Ending | None:
    """The end of the table that has a row, with the rows that make its columns wide. None if it is in none.

    It begins with a section of the table, as the rows of one section have the same widths.
    """
    above = text.rfind("\n\n", 0, start)
    top = 0 if above < 0 else above + 2
    head = text[top : top + _MAX_HEAD + 1].split("\n")[:2]
    if len(head) < 2 or not head[0].startswith("|") or not _RULE.fullmatch(head[1]):
        return None
    table = parse_table("\n".join(head))
    rows_top = top + len(head[0]) + len(head[1]) + 2
    rows = text.count("\n", rows_top, start)
    for _ in range(rows % SECTION_ROWS):
        start = text.rfind("\n", 0, start - 1) + 1
    if table is None or start <= rows_top:
        return Ending("", text[top:])
    measured = max(rows_top, start - _MOST_MEASURED)
    measured = measured if measured == rows_top else text.find("\n", measured) + 1
    rows_above = text[rows_top : start - 1].split("\n")
    section = [row for row in nlargest(_LONGEST_ROWS, rows_above, key=len) if row]
    measured_rows = text[measured : start - 1]
    columns = columns_of(table).with_rows(table_rows(head, section))
    if not are_no_wider(measured_rows.split("\n"), columns):
        # The first section: with it, most of the others are known to be no wider without parsing them.
        section += ["|"] * (SECTION_ROWS - len(section))
        sections = TableSections("\n".join([*head, *section, measured_rows]), table)
        while not sections.is_prepared(0):
            sections.prepare(0)
        section = sections.widest_rows
    section += ["|"] * (-len(section) % SECTION_ROWS)
    end = text[start:]
    # Each row has at least one line.
    return Ending("\n".join([*head, *section]), end, end.count("\n"))
