"""Finds the rows of a table that may change what is known of its columns, without parsing all others.

A table of several megabytes has a hundred thousand rows, and few are wider than all rows above them. Parsing each row
to find those few took seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui.ui.markdown.certain_text import without_marks
from tui.ui.markdown.tables import MAX_WORD, NUMBER, Columns

_UNCERTAIN: Final = re.compile(r"[\\$\t\0]|!\[")
"""Characters by which a cell may be shown wider than its source, or may end elsewhere than at a bar."""

_MARKS: Final = re.compile(r"[*_~`\[<&]")
"""Characters by which a cell may be shown otherwise than as its source."""

_DIGIT: Final = re.compile(r"\d")


def widening_rows(rows: Sequence[str], columns: Columns) -> list[str]:
    """Those of the rows that may be wider than all before, or have the first text in a column.

    Args:
        rows: Source lines.
        columns: What is known of the columns.
    """
    if _are_no_wider(rows, columns):
        return []
    return [row for row in rows if _may_widen(row, columns)]


def _are_no_wider(rows: Sequence[str], columns: Columns) -> bool:
    """Whether rows certainly change nothing: all at once, which takes a fifth of the time. False if that is unknown."""
    text = "\n".join(rows)
    if _MARKS.search(text):
        text = without_marks(text)
        if _MARKS.search(text):
            return False
    if not text.isascii() or _UNCERTAIN.search(text):
        return False
    cells = list(map(_cells, text.split("\n")))
    if {len(each) for each in cells} != {len(columns.wanted)}:
        return False
    for at, column in enumerate(zip(*cells, strict=True)):
        texts = list(map(str.strip, column))
        size = max(map(len, texts))
        word = columns.words[at]
        if size > columns.wanted[at]:
            return False
        if word < min(size, MAX_WORD) and word < max(map(len, " ".join(texts).split()), default=0):
            return False
        number = columns.numbers[at]
        if columns.texts[at]:
            if size > number and any(map(NUMBER.fullmatch, (each for each in texts if len(each) > number))):
                return False
        elif size > number or not all(map(NUMBER.fullmatch, filter(None, texts))):
            return False
    return True


def _may_widen(row: str, columns: Columns) -> bool:
    if _UNCERTAIN.search(row):
        return True
    # A character has two cells at most.
    cells_each = 1 if row.isascii() else 2
    has_marks = _MARKS.search(row) is not None
    for at, cell in enumerate(_cells(row)[: len(columns.wanted)]):
        text = cell.strip()
        if has_marks and _MARKS.search(text):
            text = without_marks(text)
        size = cells_each * len(text)
        if size > columns.wanted[at]:
            return True
        longest = min(size, MAX_WORD)
        if columns.words[at] < longest:
            word = size if cells_each > 1 else max(map(len, text.split()), default=0)
            if columns.words[at] < min(word, longest):
                return True
        if size > columns.numbers[at] or not columns.texts[at]:
            if has_marks and _MARKS.search(text):
                if not columns.texts[at] or _DIGIT.search(text):
                    return True
            elif NUMBER.fullmatch(text):
                if size > columns.numbers[at]:
                    return True
            elif text and not columns.texts[at]:
                return True
    return False


def _cells(row: str) -> list[str]:
    """The source of each cell, where no bar is escaped."""
    return row.strip().removeprefix("|").removesuffix("|").split("|")
