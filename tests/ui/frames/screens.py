"""Terminal screens that frames are replayed on, to compare what they show cell by cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyte
from pyte.screens import Char


class Difference(NamedTuple):
    """A cell that two screens show differently."""

    y: int
    x: int
    wanted: Char
    shown: Char


def screen_of(columns: int, lines: int) -> tuple[pyte.Screen, pyte.Stream]:
    """An empty screen, and the stream to write to it."""
    screen = pyte.Screen(columns, lines)
    return screen, pyte.Stream(screen)


def differences(wanted: pyte.Screen, shown: pyte.Screen) -> list[Difference]:
    """The cells that look different."""
    return [
        Difference(y, x, wanted.buffer[y][x], shown.buffer[y][x])
        for y in range(wanted.lines)
        for x in range(wanted.columns)
        if _look(wanted.buffer[y][x]) != _look(shown.buffer[y][x])
    ]


def _look(cell: Char) -> tuple[Any, ...]:
    # What is bold, and which colour the text would have, is not seen where there is none.
    if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough or cell.italics):
        return " ", cell.bg
    return tuple(cell)
