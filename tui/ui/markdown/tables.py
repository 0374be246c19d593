"""Lays out tables: the widest columns wrap first, numbers last. Tables too narrow to lay out become lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from tui.light_dataclass import dataclass
from tui.ui.markdown.lines import BLANK, Line, Look, Run, longest_word, wrap

Align = Literal["left", "right", "center", "auto"]
"""How the cells of a column are aligned. `auto`: not said in the source; numbers are aligned right."""

Cell = Sequence[Run]
Row = tuple[Cell, ...]

_RULE: Final = Look("rule")
_HEAD: Final = "table-head"
_GAP: Final = (Run(" "), Run("  ", copyable=False))
"""What is between two cells. Only one blank is copyable."""

_GAP_CELLS: Final = 3

_MIN_COLUMN_CELLS: Final = 4
"""Minimum width of a readable column, in cells."""

MAX_WORD: Final = 20
"""Cells of the longest word for which a column is kept wide. Longer ones are addresses, which may be broken."""

NUMBER: Final = re.compile(
    r"[~≈<>≤≥±+\u2212-]{0,2}[$€£¥]?[ \xa0]?"
    r"\d[\d.,:_'’ \xa0\u2009\u202f]*"
    r"(?:[%‰°€$£¥]|[^\W\d_/]{1,3}(?:/[^\W\d_]{1,3})?)?"
)
"""A number, and perhaps its unit: `-1,204.50`, `~2.1 GB`, `38%`, `36 t/s`."""


@dataclass(frozen=True, slots=True)
class Table:
    """A parsed table. Rows may be shorter or longer than the header."""

    header: Row
    aligns: tuple[Align, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """What the rows of a table so far say about its columns."""

    wanted: tuple[int, ...]
    """The width of each without wrapping, in cells."""

    numbers: tuple[int, ...]
    """The width of the widest number in each, in cells. 0 for a column without numbers."""

    words: tuple[int, ...]
    """The width of the longest word in each, in cells."""

    texts: tuple[bool, ...]
    """Whether each has a cell that is not a number."""

    def with_rows(self, rows: Sequence[Row]) -> Columns:
        """The same columns with more rows."""
        wanted, numbers, words, texts = list(self.wanted), list(self.numbers), list(self.words), list(self.texts)
        for row in rows:
            for at, cell in enumerate(row[: len(wanted)]):
                cells = _cell_width(cell)
                wanted[at] = max(wanted[at], cells)
                words[at] = max(words[at], _word_width(cell))
                text = "".join(run.text for run in cell).strip()
                if NUMBER.fullmatch(text):
                    numbers[at] = max(numbers[at], cells)
                elif text:
                    texts[at] = True
        return Columns(tuple(wanted), tuple(numbers), tuple(words), tuple(texts))

    def aligned(self, table: Table) -> Table:
        """The table with columns of numbers aligned right, where its source does not align them."""
        aligns = [
            "right" if align == "auto" and number and not text else align
            for align, number, text in zip(table.aligns, self.numbers, self.texts, strict=True)
        ]
        return replace(table, aligns=tuple(aligns))

    def fitted(self, width: int) -> tuple[int, ...]:
        """The width of each column in a total width. Empty if not all can be readable.

        The widest columns become narrower first. Numbers are broken last, and words only before them.
        """
        wanted, count = self.wanted, len(self.wanted)
        room = width - _GAP_CELLS * (count - 1)
        if sum(wanted) <= room:
            return wanted
        if room < _MIN_COLUMN_CELLS * count:
            return ()
        readable = [min(cells, _MIN_COLUMN_CELLS) for cells in wanted]
        numbers = [max(pair) for pair in zip(readable, self.numbers, strict=True)]
        words = [max(pair) for pair in zip(numbers, self.words, strict=True)]
        floors = next(floors for floors in (words, numbers, readable) if sum(floors) <= room)
        low, high = 0, room
        while low < high:
            middle = (low + high + 1) // 2
            if sum(_limited(wanted, floors, middle)) <= room:
                low = middle
            else:
                high = middle - 1
        widths = _limited(wanted, floors, low)
        rest = room - sum(widths)
        for at in range(count):
            if rest and widths[at] == low < wanted[at]:
                widths[at] += 1
                rest -= 1
        return tuple(widths)


def columns_of(table: Table) -> Columns:
    """The columns of a table."""
    count = len(table.header)
    wanted = tuple(max(1, _cell_width(cell)) for cell in table.header)
    words = tuple(_word_width(cell) for cell in table.header)
    return Columns(wanted, (0,) * count, words, (False,) * count).with_rows(table.rows)


def table_lines(table: Table, width: int) -> list[Line]:
    """The lines of a table, at most `width` cells wide."""
    columns = columns_of(table)
    widths = columns.fitted(width)
    if not widths:
        return list_lines(table, width)
    table = columns.aligned(table)
    return [*header_lines(table, widths), *body_lines(table, widths)]


def header_lines(table: Table, widths: Sequence[int]) -> list[Line]:
    """The lines of the table header and the rule below it. Empty if `widths` is empty."""
    if not widths:
        return []
    rule = Run("─" * (sum(widths) + _GAP_CELLS * (len(widths) - 1)), _RULE, copyable=False)
    return [*_row_lines([_head(cell) for cell in table.header], table.aligns, widths), Line((rule,))]


def body_lines(table: Table, widths: Sequence[int]) -> list[Line]:
    """The lines of the table rows, without the header."""
    return [line for row in table.rows for line in _row_lines(row, table.aligns, widths)]


def list_lines(table: Table, width: int) -> list[Line]:
    """Each row as lines of `header: cell`."""
    lines: list[Line] = []
    for row in table.rows or ((),):
        if lines:
            lines.append(BLANK)
        for at, name in enumerate(table.header):
            cell = row[at] if at < len(row) else ()
            lines.extend(wrap([*_head(name), Run(": "), *cell], width))
    return lines


def _limited(wanted: Sequence[int], floors: Sequence[int], limit: int) -> list[int]:
    """The widths of columns that are not wider than a limit, or than their floor."""
    return [min(cells, max(floor, limit)) for cells, floor in zip(wanted, floors, strict=True)]


def _row_lines(row: Sequence[Cell], aligns: Sequence[Align], widths: Sequence[int]) -> list[Line]:
    cells = [wrap(row[at], widths[at]) if at < len(row) else [BLANK] for at in range(len(widths))]
    lines = []
    for height in range(max(len(cell) for cell in cells)):
        runs: list[Run] = []
        for at, cell in enumerate(cells):
            if at:
                runs.extend(_GAP)
            runs.extend(_aligned(cell[height] if height < len(cell) else BLANK, widths[at], aligns[at]))
        lines.append(Line(tuple(runs)))
    return lines


def _aligned(line: Line, width: int, align: Align) -> list[Run]:
    gap = max(0, width - line.width)
    before = gap if align == "right" else gap // 2 if align == "center" else 0
    return [Run(" " * before, copyable=False), *line.runs, Run(" " * (gap - before), copyable=False)]


def _head(cell: Cell) -> list[Run]:
    return [run._replace(look=run.look._replace(name=run.look.name or _HEAD, bold=True)) for run in cell]


def _cell_width(cell: Cell) -> int:
    return max(Line((Run(text),)).width for text in "".join(run.text for run in cell).split("\n"))


def _word_width(cell: Cell) -> int:
    return min(MAX_WORD, longest_word("".join(run.text for run in cell)))
