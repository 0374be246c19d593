"""Paints lines of styled text as Textual strips, in the colours of the theme."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.ui.ascii import to_ascii
from tui.ui.markdown.lines import Line, Look
from tui.ui.text_column import GUTTER, TextColumn

_MAX_STRIPS: Final = 600

_BEFORE_BLOCKS: Final = frozenset({"", "bullet", "quote-bar"})
"""Looks of what may precede a code block on its line."""

CARDS: Final = frozenset({"you", "card"})
"""Fills of lines whose ground spans the column: prompts, and cards such as errors."""

AIR: Final = frozenset({"you-above", "you-below", "card-above", "card-below"})
"""Fills of the half lines above and below a card."""

LOOKS: Final = (
    *("prompt", "prompt-bar", "you", "you-name", "label", "hint", "time", "thinking", "fold", "figures", "live"),
    *("card", "card-bar", "failed", "stopped", "mark", "warning", "action-key", "action", *sorted(AIR)),
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
        self.is_ascii = False
        """Whether marks and lines are drawn with ASCII characters. Set it before anything is painted."""
        self._styles: dict[tuple[Look, str], Style] = {}
        self._strips: OrderedDict[tuple[int, int, bool], tuple[Line, Strip]] = OrderedDict()

    def strip(self, line: Line, width: int, column: TextColumn, *, marked: bool = False) -> Strip:
        """The strip of a line, padded to a width.

        Args:
            line: The line to paint.
            width: Cells of the strip.
            column: The column of the text. The same for all lines of a width.
            marked: Whether the line's message is selected.
        """
        key = (id(line), width, marked)
        cached = self._strips.get(key)
        # The cache holds the line with its strip, so no other line can have the same id meanwhile.
        if cached is not None:
            self._strips.move_to_end(key)
            return cached[1]
        strip = self._painted(line, width, column, marked=marked)
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

    def _painted(self, line: Line, width: int, column: TextColumn, *, marked: bool) -> Strip:
        if self.is_ascii:
            line = _in_ascii(line)
        background = self.style(Look())
        if line.fill in AIR:
            return self._air(line.fill, width, column, marked=marked)
        is_card = line.fill in CARDS
        fill = self.style(Look(line.fill), line.fill) if line.fill else background
        side = fill if is_card else background
        segments = [*self._margin(column, marked=marked)]
        if line.lead is not None:
            segments.append(Segment(line.lead.text, self.style(line.lead.look, line.fill if is_card else "")))
        segments.append(Segment(" " * (GUTTER - (0 if line.lead is None else cell_len(line.lead.text))), side))
        indent = not is_card
        for run in line.runs:
            # A bullet or bar before a code block does not have the block's background.
            indent = indent and run.look.name in _BEFORE_BLOCKS
            segments.append(Segment(run.text, self.style(run.look, "" if indent else line.fill)))
        strip = Strip(segments)
        end = column.left + column.width
        if line.tail is not None:
            tail = Segment(line.tail.text, self.style(line.tail.look, line.fill if is_card else ""))
            gap = end - 1 - cell_len(tail.text) - strip.cell_length
            if gap >= 1:
                strip = Strip([*strip, Segment(" " * gap, side), tail])
        filled = end if is_card else end - 2
        return strip.extend_cell_length(filled, fill).extend_cell_length(width, background).crop(0, width)

    def _margin(self, column: TextColumn, *, marked: bool) -> list[Segment]:
        """What is left of the column: blank, or the bar of the selected message two cells before it."""
        if not marked:
            return [Segment(" " * column.left, self.style(Look()))]
        bar = Segment("| " if self.is_ascii else "▎ ", self.style(Look("mark")))
        return [Segment(" " * max(0, column.left - GUTTER), self.style(Look())), bar]

    def _air(self, fill: str, width: int, column: TextColumn, *, marked: bool) -> Strip:
        """Half a line of a card's ground, above or below it.

        Only lower halves are drawn: upper ones leave a seam in some terminals.
        """
        half = Segment("▄" * column.width, self.style(Look(fill)))
        strip = Strip([*self._margin(column, marked=marked), half])
        return strip.extend_cell_length(width, self.style(Look())).crop(0, width)


def _in_ascii(line: Line) -> Line:
    """A line whose marks are ASCII characters: those in the gutter, at the edge, and what is not part of a message."""
    runs = tuple(run if run.copyable else run._replace(text=to_ascii(run.text)) for run in line.runs)
    lead, tail = (run and run._replace(text=to_ascii(run.text)) for run in (line.lead, line.tail))
    return replace(line, runs=runs, lead=lead, tail=tail)


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
