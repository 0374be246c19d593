"""Lays out tables: columns share the width, cells wrap. Tables too narrow to lay out become lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap

Align = Literal["left", "right", "center"]
Cell = Sequence[Run]
Row = tuple[Cell, ...]

_RULE: Final = Look("rule")
_CELL_BORDER: Final = (Run(" ", _RULE), Run("│ ", _RULE, copyable=False))
"""The border between two cells. Only the blank is copyable."""

_MIN_COLUMN_CELLS: Final = 4
"""Minimum width of a readable column, in cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """A parsed table. Rows may be shorter or longer than the header."""

    header: Row
    aligns: tuple[Align, ...]
    rows: tuple[Row, ...]


def table_lines(table: Table, width: int) -> list[Line]:
    """The lines of a table, at most `width` cells wide."""
    widths = column_widths(table, width)
    return [*header_lines(table, widths), *body_lines(table, widths)] if widths else list_lines(table, width)


def header_lines(table: Table, widths: Sequence[int]) -> list[Line]:
    """The lines of the table header and the rule below it. Empty if `widths` is empty."""
    if not widths:
        return []
    rule = Line((Run("─┼─".join("─" * cells for cells in widths), _RULE, copyable=False),))
    return [*_row_lines(table.header, table.aligns, widths, bold=True), rule]


def body_lines(table: Table, widths: Sequence[int]) -> list[Line]:
    """The lines of the table rows, without the header."""
    return [line for row in table.rows for line in _row_lines(row, table.aligns, widths, bold=False)]


def list_lines(table: Table, width: int) -> list[Line]:
    """Each row as lines of `header: cell`."""
    lines: list[Line] = []
    for row in table.rows or ((),):
        if lines:
            lines.append(BLANK)
        for at, name in enumerate(table.header):
            cell = row[at] if at < len(row) else ()
            lines.extend(wrap([*_bold(name), Run(": "), *cell], width))
    return lines


def column_widths(table: Table, width: int) -> tuple[int, ...]:
    """The width of each column. Empty if not all columns can be readable."""
    return fitted_widths(natural_widths(table), width)


def natural_widths(table: Table, before: Sequence[int] = ()) -> tuple[int, ...]:
    """The width of each column without wrapping, and at least its width in `before`."""
    wanted = list(before or [max(1, _cell_width(cell)) for cell in table.header])
    for row in table.rows:
        for at, cell in enumerate(row[: len(wanted)]):
            wanted[at] = max(wanted[at], _cell_width(cell))
    return tuple(wanted)


def fitted_widths(wanted: Sequence[int], width: int) -> tuple[int, ...]:
    """Fit the wanted column widths into a total width. Empty if not all columns can be readable.

    Narrow columns keep their wanted width; the others share the rest.
    """
    count = len(wanted)
    room = width - 3 * (count - 1)
    if sum(wanted) <= room:
        return tuple(wanted)
    if room < _MIN_COLUMN_CELLS * count:
        return ()
    widths = [0] * count
    open_columns = sorted(range(count), key=lambda at: wanted[at])
    while open_columns:
        share = room // len(open_columns)
        at = open_columns.pop(0)
        widths[at] = min(wanted[at], share)
        room -= widths[at]
    return tuple(widths)


def _row_lines(row: Sequence[Cell], aligns: Sequence[Align], widths: Sequence[int], *, bold: bool) -> list[Line]:
    cells = [
        wrap(_bold(row[at]) if bold else row[at], widths[at]) if at < len(row) else [BLANK] for at in range(len(widths))
    ]
    lines = []
    for height in range(max(len(cell) for cell in cells)):
        runs: list[Run] = []
        for at, cell in enumerate(cells):
            if at:
                runs.extend(_CELL_BORDER)
            runs.extend(_aligned(cell[height] if height < len(cell) else BLANK, widths[at], aligns[at]))
        lines.append(Line(tuple(runs)))
    return lines


def _aligned(line: Line, width: int, align: Align) -> list[Run]:
    gap = max(0, width - line.width)
    before = gap if align == "right" else gap // 2 if align == "center" else 0
    return [Run(" " * before, copyable=False), *line.runs, Run(" " * (gap - before), copyable=False)]


def _bold(cell: Cell) -> list[Run]:
    return [run._replace(look=run.look._replace(bold=True)) for run in cell]


def _cell_width(cell: Cell) -> int:
    return max(Line((Run(text),)).width for text in "".join(run.text for run in cell).split("\n"))
