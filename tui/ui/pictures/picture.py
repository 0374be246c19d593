"""A picture as cells: in each, a half block has the colours of an upper and a lower pixel."""

from __future__ import annotations

from itertools import groupby
from typing import Final, NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.ui.pictures.decoding import Pixels, PixelSize
from tui.ui.pictures.kitty import placeholders

_LOWER_HALF: Final = "▄"


class CellSize(NamedTuple):
    """The size of a picture in cells."""

    columns: int
    rows: int

    @property
    def pixels(self) -> PixelSize:
        """The size of the same in pixels, where each cell shows two of them."""
        return PixelSize(self.columns, 2 * self.rows)


def fitted(size: PixelSize, most: CellSize) -> CellSize:
    """The size in cells of a picture that keeps its shape, in cells that are twice as high as they are wide.

    A small picture is not enlarged beyond one pixel for each half of a cell.

    Args:
        size: The size of the image.
        most: The cells that there are.
    """
    scale = min(most.columns / max(1, size.width), 2 * most.rows / max(1, size.height), 1.0)
    columns = min(most.columns, max(1, round(size.width * scale)))
    rows = min(most.rows, max(1, round(size.height * scale / 2)))
    return CellSize(columns, rows)


class Picture:
    """A decoded picture of some size. Holds pixels and not cells, which take a hundred times as much memory."""

    __slots__ = ("_data", "number", "size")

    def __init__(self, size: CellSize, pixels: Pixels) -> None:
        """Args:
        size: Its size in cells.
        pixels: Its pixels, `size.pixels` of them.
        """
        self.size = size
        self._data = pixels.data
        self.number = 0
        """The number under which the terminal has it. 0 if it does not."""

    @property
    def bytes(self) -> int:
        """The memory that its pixels take."""
        return len(self._data)

    def row(self, at: int, *, in_graphics: bool) -> list[Segment]:
        """A row of cells.

        Args:
            at: The number of the row, from 0.
            in_graphics: Whether to use the terminal's own graphics, if it has the picture.
        """
        if in_graphics and self.number:
            return [placeholders(self.number, at, self.size.columns)]
        stride = 3 * self.size.columns
        start = 2 * at * stride
        upper, lower = self._data[start : start + stride], self._data[start + stride : start + 2 * stride]
        colours = [(upper[at : at + 3], lower[at : at + 3]) for at in range(0, stride, 3)]
        segments = []
        for (above, below), same in groupby(colours):
            cells = len(list(same))
            ground = Color.from_rgb(*above)
            if above == below:
                segments.append(Segment(" " * cells, Style(bgcolor=ground)))
            else:
                segments.append(Segment(_LOWER_HALF * cells, Style(color=Color.from_rgb(*below), bgcolor=ground)))
        return segments
