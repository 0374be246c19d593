"""Lines of styled text → strips with the colours of the theme."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.ui.markdown.lines import Line, Look, Run

_MOST_STRIPS: Final = 600

_BEFORE_BLOCKS: Final = frozenset({"", "bullet", "quote-bar"})
"""What may stand left of a block."""

LOOKS: Final = (
    *("prompt", "prompt-bar", "label", "hint", "thinking", "fold", "figures", "failed", "stopped", "mark"),
    *("heading1", "heading2", "heading3", "code", "math", "link", "quote", "quote-bar", "rule", "bullet"),
    *("found", "found-here", "below"),
    *("block", "language", "comment", "keyword", "number", "function", "builtin", "string", "deleted"),
)
"""What a line's runs may look like, each of which the log's styles name."""


class Painter:
    """Turns lines into strips, and gives the same strip for the same line as long as it remembers it."""

    def __init__(self, style_of: Callable[..., Style]) -> None:
        """Args:
        style_of: The style for names of looks, each laid over those before it; for none, the ground of everything.
        """
        self._style_of = style_of
        self._styles: dict[tuple[Look, str], Style] = {}
        self._strips: OrderedDict[tuple[int, int, bool], tuple[Line, Strip]] = OrderedDict()

    def strip(self, line: Line, width: int, *, marked: bool = False) -> Strip:
        """The strip of a line, filled up to a width.

        Args:
            line: What to paint.
            width: Cells to fill.
            marked: Whether its message is the selected one.
        """
        key = (id(line), width, marked)
        found = self._strips.get(key)
        # The line is kept with its strip, so nothing else can have its id meanwhile.
        if found is not None:
            self._strips.move_to_end(key)
            return found[1]
        strip = self._painted(line, width, marked=marked)
        self._strips[key] = (line, strip)
        if len(self._strips) > _MOST_STRIPS:
            self._strips.popitem(last=False)
        return strip

    def forget(self) -> None:
        """Drop every strip and style: the theme has changed."""
        self._styles.clear()
        self._strips.clear()

    def style(self, look: Look, fill: str = "") -> Style:
        """The style of a look, on the ground of the line that it stands in."""
        key = (look, fill)
        style = self._styles.get(key)
        if style is None:
            names = dict.fromkeys(name for name in (fill, look.name) if name)
            style = self._style_of(*names)
            style += Style(bold=look.bold or None, italic=look.italic or None, strike=look.strike or None)
            self._styles[key] = style
        return style

    def _painted(self, line: Line, width: int, *, marked: bool) -> Strip:
        edge = Run("▎ " if marked else "  ", Look("mark"), taken=False)
        segments = [Segment(edge.text, self.style(edge.look))]
        indent = True
        for run in line.runs:
            # What stands before a code block in a list is not on the block's ground.
            indent = indent and run.look.name in _BEFORE_BLOCKS
            segments.append(Segment(run.text, self.style(run.look, "" if indent else line.fill)))
        strip = Strip(segments)
        ground = self.style(Look(line.fill), line.fill) if line.fill else self.style(Look())
        right = self.style(Look())
        filled = strip.extend_cell_length(width - 1, ground)
        return filled.extend_cell_length(width, right).crop(0, width)


def restyled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with another style over the characters between two offsets."""
    first = strip.index_to_cell_position(start)
    last = strip.index_to_cell_position(min(end, len(strip.text)))
    # Over what is there: `Strip.apply_style` lays it under, where the ground of the line hides it.
    between = Strip(Segment.apply_style(strip.crop(first, last), post_style=style), last - first)
    return Strip.join([strip.crop(0, first), between, strip.crop(last)])


def overlaid(strip: Strip, words: Segment) -> Strip:
    """A strip with a few words over its right end."""
    width = strip.cell_length
    said = Strip([words]).crop(0, max(0, width - 1))
    return Strip.join([strip.crop(0, width - 1 - said.cell_length), said, strip.crop(width - 1)])
