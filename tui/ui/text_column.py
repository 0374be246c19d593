"""The column that the text of the chat stands in. The log, the header and the composer share its edges."""

from __future__ import annotations

from typing import Final, NamedTuple

GUTTER: Final = 2
"""Cells at the left of the column for marks, before the text."""

AIRY_LINES: Final = 30
"""Lines of the terminal from which on cards and the composer have half a line of their ground above and below."""

_NARROW: Final = 82
"""An area with fewer cells has the smaller margin."""


class TextColumn(NamedTuple):
    """A column within an area of the screen."""

    left: int
    """Cells left of the column."""

    width: int
    """Cells of the column, with its gutter."""

    @property
    def text_width(self) -> int:
        """Cells for text: paragraphs end two cells before the right edge."""
        return max(1, self.width - GUTTER - 2)


def text_column(area: int, wanted: int) -> TextColumn:
    """The column in an area, centred.

    Args:
        area: Cells of the area.
        wanted: Cells of text, without the gutter. 0 for all there are.
    """
    margin = 2 if area < _NARROW else 3
    width = max(1, area - 2 * margin)
    if wanted:
        width = min(width, wanted + GUTTER)
    return TextColumn(max(margin, (area - width) // 2), width)
