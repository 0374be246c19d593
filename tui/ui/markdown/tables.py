"""Tables that fit: columns share the width, cells wrap, and what is hopeless becomes a list of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap

Align = Literal["left", "right", "center"]
Cell = Sequence[Run]

_RULE: Final = Look("rule")
_BETWEEN: Final = (Run(" ", _RULE), Run("│ ", _RULE, taken=False))
"""The border between two cells. What is copied is a blank."""

_LEAST: Final = 4
"""Cells below which a column is no longer readable."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, not laid out yet. Rows may be shorter or longer than the header."""

    header: tuple[Cell, ...]
    aligns: tuple[Align, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table_lines(table: Table, width: int, widths: Sequence[int] | None = None) -> list[Line]:
    """The lines of a table.

    Args:
        table: The table.
        width: Cells that it may take.
        widths: Of its columns, where they are settled already. None finds them out.
    """
    widths = column_widths(table, width) if widths is None else widths
    if not widths:
        return _as_list(table, width)
    lines = _row_lines(table.header, table.aligns, widths, bold=True)
    lines.append(Line((Run("─┼─".join("─" * cells for cells in widths), _RULE, taken=False),)))
    return [*lines, *body_lines(table, widths)]


def body_lines(table: Table, widths: Sequence[int]) -> list[Line]:
    """The lines of a table's rows, without its header."""
    return [line for row in table.rows for line in _row_lines(row, table.aligns, widths, bold=False)]


def column_widths(table: Table, width: int) -> tuple[int, ...]:
    """How wide each column gets. Empty when they cannot all be readable.

    Columns that need little get what they need; the others share the rest.
    """
    count = len(table.header)
    if not count:
        return ()
    room = width - 3 * (count - 1)
    wanted = [
        max([1, *(_cell_width(row[at]) for row in (table.header, *table.rows) if at < len(row))]) for at in range(count)
    ]
    if sum(wanted) <= room:
        return tuple(wanted)
    if room < _LEAST * count:
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
                runs.extend(_BETWEEN)
            runs.extend(_aligned(cell[height] if height < len(cell) else BLANK, widths[at], aligns[at]))
        lines.append(Line(tuple(runs)))
    return lines


def _aligned(line: Line, width: int, align: Align) -> list[Run]:
    gap = max(0, width - line.width)
    before = gap if align == "right" else gap // 2 if align == "center" else 0
    return [Run(" " * before, taken=False), *line.runs, Run(" " * (gap - before), taken=False)]


def _as_list(table: Table, width: int) -> list[Line]:
    """Each row as lines of `header: cell`."""
    lines: list[Line] = []
    for row in table.rows or ((),):
        if lines:
            lines.append(BLANK)
        for at, name in enumerate(table.header):
            cell = row[at] if at < len(row) else ()
            lines.extend(wrap([*_bold(name), Run(": "), *cell], width))
    return lines


def _bold(cell: Cell) -> list[Run]:
    return [run._replace(look=run.look._replace(bold=True)) for run in cell]


def _cell_width(cell: Cell) -> int:
    return max(Line((Run(text),)).width for text in "".join(run.text for run in cell).split("\n"))
