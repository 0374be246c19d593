"""A vertical scrollbar that is cheap to draw.

Textual renders each of its rows anew whenever the content grows by a line, which took a fifth of the time of a
streaming answer. Here all rows of one kind are the same `Strip`: above the thumb, its two ends, the thumb, and below.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from tui.light_dataclass import dataclass

_ENDS: Final = ScrollBarRender.VERTICAL_BARS
"""The characters for an end of the thumb, from one eighth of a cell to seven; the last one is a whole cell."""

_STEPS: Final = len(_ENDS)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that a scrollbar consists of, in one pair of colours."""

    above: Strip
    heads: tuple[Strip, ...]
    """The upper end of the thumb, by the eighths of the cell that are above it. The first is a whole cell."""
    thumb: Strip
    tails: tuple[Strip, ...]
    """The lower end of the thumb, by the eighths of the cell that belong to it. The first is a whole cell below it."""
    below: Strip
    empty: Strip
    """Every row while there is nothing to scroll."""


class LineScrollBar(ScrollBar):
    """Looks and acts like Textual's vertical scrollbar of one column."""

    def __init__(self) -> None:
        super().__init__(vertical=True, name="vertical", thickness=1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a part of the bar."""
        color, background = self._colors()
        rows = _rows(color, background)
        start, end = self._thumb(self.size.height)
        strips = [_row(rows, y, start, end) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def _thumb(self, height: int) -> tuple[int, int]:
        """Where the thumb starts and ends, in eighths of a cell from the top. As in Textual."""
        window, total = self.window_size, self.window_virtual_size
        if not height or not 0 < window < total:
            return 0, 0
        size = max(1.0, window * height / total)
        start = max(0, int((height - size) * self.position / (total - window) * _STEPS))
        return start, start + ceil(size * _STEPS)

    def _colors(self) -> tuple[Color, Color]:
        """The colours of the thumb and of the bar below it."""
        assert self.parent is not None
        styles = self.parent.styles
        if self.grabbed:
            color, background = styles.scrollbar_color_active, styles.scrollbar_background_active
        elif self.mouse_over:
            color, background = styles.scrollbar_color_hover, styles.scrollbar_background_hover
        else:
            color, background = styles.scrollbar_color, styles.scrollbar_background
        if background.a < 1:
            background = self.parent.background_colors[0] + background
        return background + color, background


def _row(rows: _Rows, y: int, start: int, end: int) -> Strip:
    first, above = divmod(start, _STEPS)
    last, covered = divmod(end, _STEPS)
    if start == end:
        return rows.empty
    if y > last:
        return rows.below
    if y < first:
        return rows.above
    if y == last:
        return rows.tails[covered]
    return rows.heads[above] if y == first else rows.thumb


@lru_cache(maxsize=8)
def _rows(color: Color, background: Color) -> _Rows:
    bar, ground = color.rich_color, background.rich_color
    grab = {"@mouse.down": "grab"}
    thumb = _strip(" ", Style(color=bar, reverse=True, meta=grab))
    below = _strip(" ", Style(bgcolor=ground, meta={"@mouse.down": "scroll_down"}))
    # The character fills the lower part of the cell: that of the thumb at its head, that below it at its tail.
    heads = [_strip(end, Style(color=bar, bgcolor=ground, meta=grab)) for end in reversed(_ENDS[:-1])]
    tails = [_strip(end, Style(color=bar, bgcolor=ground, meta=grab, reverse=True)) for end in reversed(_ENDS[:-1])]
    return _Rows(
        above=_strip(" ", Style(bgcolor=ground, meta={"@mouse.down": "scroll_up"})),
        heads=(thumb, *heads),
        thumb=thumb,
        tails=(below, *tails),
        below=below,
        empty=_strip(" ", Style(bgcolor=ground)),
    )


def _strip(text: str, style: Style) -> Strip:
    return Strip([Segment(text, style)], 1)
