"""Paints lines of styled text as Textual strips, in the colours of the theme."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.ui.markdown.lines import Line, Look, Run

_MAX_STRIPS: Final = 600

_BEFORE_BLOCKS: Final = frozenset({"", "bullet", "quote-bar"})
"""Looks of what may precede a code block on its line."""

LOOKS: Final = (
    *("prompt", "prompt-bar", "label", "hint", "thinking", "fold", "figures", "failed", "stopped", "mark"),
    *("heading1", "heading2", "heading3", "code", "math", "link", "quote", "quote-bar", "rule", "bullet"),
    *("found", "found-here", "selected", "below"),
    *("block", "language", "comment", "keyword", "number", "function", "builtin", "string", "deleted"),
)
"""The names of all looks. The log's CSS defines a component style for each."""


class Painter:
    """Paints lines, and caches the strips of recently painted ones."""

    def __init__(self, style_of: Callable[..., Style]) -> None:
        """Args:
        style_of: Returns the style for names of looks, each applied over those before it; without names, the
            style of the log's background.
        """
        self._style_of = style_of
        self._styles: dict[tuple[Look, str], Style] = {}
        self._strips: OrderedDict[tuple[int, int, bool], tuple[Line, Strip]] = OrderedDict()

    def strip(self, line: Line, width: int, *, marked: bool = False) -> Strip:
        """The strip of a line, padded to a width.

        Args:
            line: The line to paint.
            width: Cells of the strip.
            marked: Whether the line's message is selected.
        """
        key = (id(line), width, marked)
        cached = self._strips.get(key)
        # The cache holds the line with its strip, so no other line can have the same id meanwhile.
        if cached is not None:
            self._strips.move_to_end(key)
            return cached[1]
        strip = self._painted(line, width, marked=marked)
        self._strips[key] = (line, strip)
        if len(self._strips) > _MAX_STRIPS:
            self._strips.popitem(last=False)
        return strip

    def forget(self) -> None:
        """Clear the caches after a change of theme."""
        self._styles.clear()
        self._strips.clear()

    def style(self, look: Look, fill: str = "") -> Style:
        """The style of a look.

        Args:
            look: The look of a run.
            fill: The `Line.fill` of its line, which sets the background. Empty for the log's background.
        """
        key = (look, fill)
        style = self._styles.get(key)
        if style is None:
            names = dict.fromkeys(name for name in (fill, look.name) if name)
            style = self._style_of(*names)
            style += Style(bold=look.bold or None, italic=look.italic or None, strike=look.strike or None)
            self._styles[key] = style
        return style

    def _painted(self, line: Line, width: int, *, marked: bool) -> Strip:
        edge = Run("▎ " if marked else "  ", Look("mark"), copyable=False)
        segments = [Segment(edge.text, self.style(edge.look))]
        indent = True
        for run in line.runs:
            # A bullet or bar before a code block does not have the block's background.
            indent = indent and run.look.name in _BEFORE_BLOCKS
            segments.append(Segment(run.text, self.style(run.look, "" if indent else line.fill)))
        strip = Strip(segments)
        background = self.style(Look())
        fill = self.style(Look(line.fill), line.fill) if line.fill else background
        return strip.extend_cell_length(width - 1, fill).extend_cell_length(width, background).crop(0, width)


def restyled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with another style over the characters between two offsets."""
    first = strip.index_to_cell_position(start)
    last = strip.index_to_cell_position(min(end, len(strip.text)))
    # As a post style: `Strip.apply_style` applies below the existing style, where the line's background hides it.
    between = Strip(Segment.apply_style(strip.crop(first, last), post_style=style), last - first)
    return Strip.join([strip.crop(0, first), between, strip.crop(last)])


def overlaid(strip: Strip, label: Segment) -> Strip:
    """A strip with a label over its right end."""
    width = strip.cell_length
    overlay = Strip([label]).crop(0, max(0, width - 1))
    return Strip.join([strip.crop(0, width - 1 - overlay.cell_length), overlay, strip.crop(width - 1)])
