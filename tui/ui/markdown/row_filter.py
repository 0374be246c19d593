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

_UNCERTAIN: Final = ("\\", "$", "\t", "\0", "![")
"""Parts by which a cell may be shown wider than its source, or may end elsewhere than at a bar."""

_MARKS: Final = tuple("*_~`[<&")
"""Characters by which a cell may be shown otherwise than as its source."""

_NUMBERS: Final = re.compile(f"(?:(?:{NUMBER.pattern})?(?:\n|\\Z))*+")
"""Lines that are numbers, or blank."""

_NUMBER_STARTS: Final = frozenset("~<>+-0123456789")
"""The first characters of numbers in ASCII, but for `$`, which is uncertain."""

_DIGIT: Final = re.compile(r"\d")


def widening_rows(rows: Sequence[str], columns: Columns) -> list[str]:
    """Those of the rows that may be wider than all before, or have the first text in a column.

    Args:
        rows: Source lines.
        columns: What is known of the columns.
    """
    if are_no_wider(rows, columns):
        return []
    return [row for row in rows if _may_widen(row, columns)]


def are_no_wider(rows: Sequence[str], columns: Columns) -> bool:
    """Whether rows certainly change nothing: all at once, which takes a tenth of the time. False if that is unknown.

    Args:
        rows: Source lines.
        columns: What is known of the columns.
    """
    text = "\n".join(rows)
    if _has_any(_MARKS, text):
        text = without_marks(text)
        if _has_any(_MARKS, text):
            return False
    if not text.isascii() or _has_any(_UNCERTAIN, text):
        return False
    cells = _cells_by_column(text, len(columns.wanted))
    return bool(cells) and all(_is_no_wider(each, columns, at) for at, each in enumerate(cells))


def _is_no_wider(cells: Sequence[str], columns: Columns, at: int) -> bool:
    """Whether cells, which are shown as they are, change nothing of a column."""
    texts = list(map(str.strip, cells))
    size = max(map(len, texts))
    if size > columns.wanted[at]:
        return False
    word = columns.words[at]
    if word < min(size, MAX_WORD) and word < max(map(len, " ".join(texts).split()), default=0):
        return False
    number = columns.numbers[at]
    if not columns.texts[at]:
        return size <= number and _NUMBERS.fullmatch("\n".join(texts)) is not None
    if size <= number or _NUMBER_STARTS.isdisjoint({text[:1] for text in texts}):
        return True
    return not any(map(NUMBER.fullmatch, (text for text in texts if len(text) > number)))


def _may_widen(row: str, columns: Columns) -> bool:
    if _has_any(_UNCERTAIN, row):
        return True
    # A character has two cells at most.
    cells_each = 1 if row.isascii() else 2
    has_marks = _has_any(_MARKS, row)
    for at, cell in enumerate(_cells(row)[: len(columns.wanted)]):
        text = cell.strip()
        if has_marks and _has_any(_MARKS, text):
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
            if has_marks and _has_any(_MARKS, text):
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


def _cells_by_column(text: str, count: int) -> Sequence[Sequence[str]]:
    """The source of the cells of each column. Empty if not all rows have that many columns, or a bar is escaped."""
    pieces = f"{text}\n".split("|")
    ends = pieces[count + 1 :: count + 1]
    if not pieces[0] and len(pieces) % (count + 1) == 1 and len(ends) == text.count("\n") + 1 and set(ends) == {"\n"}:
        # All rows begin and end with a bar.
        return [pieces[at :: count + 1] for at in range(1, count + 1)]
    rows = list(map(_cells, text.split("\n")))
    return list(zip(*rows, strict=True)) if {len(row) for row in rows} == {count} else []


def _has_any(parts: Sequence[str], text: str) -> bool:
    return any(part in text for part in parts)
