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

from tui.ui.ascii import is_only_ascii, to_ascii
from tui.ui.log.picture_line import PictureLine
from tui.ui.markdown.code_lines import CODE_MARGIN
from tui.ui.markdown.lines import Line, Look, Run
from tui.ui.text_column import GUTTER, TextColumn

_MAX_STRIPS: Final = 200

_BEFORE_BLOCKS: Final = frozenset({"", "bullet", "quote-bar", "alert", "alert-warning"})
"""Looks of what may precede a code block on its line."""

CARDS: Final = frozenset({"you", "card"})
"""Fills of lines whose ground spans the column: prompts, and cards such as errors."""

AIR: Final = frozenset({"you-above", "you-below", "card-above", "card-below", "block-below"})
"""Fills of the half lines above and below a card, and below code."""

LOOKS: Final = (
    *(
        "prompt",
        "prompt-bar",
        "prompt-mark",
        "you",
        "you-name",
        "label",
        "hint",
        "time",
        "thinking",
        "fold",
        "figures",
        "live",
    ),
    *("card", "card-bar", "failed", "stopped", "mark", "warning", "action-key", "action", "value", *sorted(AIR)),
    *(
        "heading1",
        "heading2",
        "heading3",
        "code",
        "math",
        "link",
        "quote",
        "quote-bar",
        "alert",
        "alert-warning",
        "rule",
        "bullet",
        "table-head",
        "footnote",
    ),
    *("found", "found-here", "selected", "below"),
    *("block", "language", "copy", "comment", "keyword", "number", "function", "builtin", "string", "deleted"),
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
        self.is_airy = False
        """Whether half a line of its ground is drawn below code. Call `forget` after a change."""
        self.in_graphics = False
        """Whether pictures are shown with the terminal's own graphics, where it has them."""
        self.copy_key = ""
        """The key that copies code, shown before the copy mark while its message is selected. Empty for none."""
        self._styles: dict[tuple[Look, str], Style] = {}
        self._strips: OrderedDict[tuple[int, int, bool, int, bool], tuple[Line, Strip]] = OrderedDict()

    def strip(self, line: Line, width: int, column: TextColumn, *, marked: bool = False) -> Strip:
        """The strip of a line, padded to a width.

        Args:
            line: The line to paint.
            width: Cells of the strip.
            column: The column of the text. The same for all lines of a width.
            marked: Whether the line's message is selected.
        """
        key = (id(line), width, marked, 0 if line.ground is None else line.ground.cells, self.in_graphics)
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
        if is_only_ascii():
            line = _in_ascii(line)
        background = self.style(Look())
        if line.fill == "block-below":
            return self._below_code(line, width, column, marked=marked)
        if line.fill in AIR:
            return self._air(line.fill, width, column, marked=marked)
        outer = line.fill if line.fill in CARDS else ""
        inner = line.fill if line.ground is None else "block"
        side = self.style(Look(outer), outer)
        segments = [*self._margin(column, marked=marked)]
        if line.lead is not None:
            segments.append(Segment(line.lead.text, self.style(line.lead.look, outer)))
        segments.append(Segment(" " * (GUTTER - (0 if line.lead is None else cell_len(line.lead.text))), side))
        # A bullet or bar before a code block does not have the block's background.
        before = _before_block(line)
        for at, run in enumerate(line.runs):
            segments.append(Segment(run.text, self.style(run.look, outer if at < before else inner)))
        if isinstance(line, PictureLine):
            segments += line.segments(in_graphics=self.in_graphics)
        strip = Strip(segments)
        fill = self.style(Look(inner), inner)
        if line.tail is not None:
            tail = [Segment(run.text, self.style(run.look, inner)) for run in self._tail_runs(line.tail, marked=marked)]
            gap = _tail_end(line, column) - sum(cell_len(each.text) for each in tail) - strip.cell_length
            if gap >= 1:
                strip = Strip([*strip, Segment(" " * gap, fill), *tail])
        end = column.left + column.width
        if line.ground is not None:
            strip = strip.extend_cell_length(_block_left(line, column) + line.ground.cells, fill)
            fill = side
        strip = strip.extend_cell_length(end if outer else end - 2, fill)
        return strip.extend_cell_length(width, background).crop(0, width)

    def is_on_tail(self, line: Line, x: int, column: TextColumn, *, marked: bool) -> bool:
        """Whether a cell is on the tail of a line."""
        if line.tail is None:
            return False
        cells = sum(cell_len(run.text) for run in self._tail_runs(line.tail, marked=marked))
        return 0 <= _tail_end(line, column) - 1 - x < cells

    def _tail_runs(self, tail: Run, *, marked: bool) -> tuple[Run, ...]:
        """The tail of a line; while its message is selected, with the key for the copy mark."""
        if tail.look.name == "copy" and marked and self.copy_key:
            return Run(f"{self.copy_key} ", Look("action-key")), tail
        return (tail,)

    def _margin(self, column: TextColumn, *, marked: bool) -> list[Segment]:
        """What is left of the column: blank, or the bar of the selected message two cells before it."""
        if not marked:
            return [Segment(" " * column.left, self.style(Look()))]
        bar = Segment("| " if is_only_ascii() else "▎ ", self.style(Look("mark")))
        return [Segment(" " * max(0, column.left - GUTTER), self.style(Look())), bar]

    def _air(self, fill: str, width: int, column: TextColumn, *, marked: bool) -> Strip:
        """Half a line of a card's ground, above or below it.

        Only lower halves are drawn: upper ones leave a seam in some terminals.
        """
        half = Segment("▄" * column.width, self.style(Look(fill)))
        strip = Strip([*self._margin(column, marked=marked), half])
        return strip.extend_cell_length(width, self.style(Look())).crop(0, width)

    def _below_code(self, line: Line, width: int, column: TextColumn, *, marked: bool) -> Strip:
        """The blank line below code, with half a line of the code's ground where there is room."""
        before = replace(line, fill="", ground=None)
        if not self.is_airy or line.ground is None:
            return self._painted(before, width, column, marked=marked)
        left = _block_left(line, column)
        half = Segment("▄" * line.ground.cells, self.style(Look("block-below")))
        strip = Strip([*self._painted(before, left, column, marked=marked), half])
        return strip.extend_cell_length(width, self.style(Look())).crop(0, width)


def _before_block(line: Line) -> int:
    """The number of runs before a code block on its line."""
    if line.fill in CARDS and line.ground is None:
        return 0
    return next((at for at, run in enumerate(line.runs) if run.look.name not in _BEFORE_BLOCKS), len(line.runs))


def _block_left(line: Line, column: TextColumn) -> int:
    """Cells left of the ground of a line of code."""
    before = sum(cell_len(run.text) for run in line.runs[: _before_block(line)])
    return column.left + GUTTER + before


def _tail_end(line: Line, column: TextColumn) -> int:
    """The cell after the tail of a line."""
    if line.ground is None:
        return column.left + column.width - 1
    return _block_left(line, column) + line.ground.cells - CODE_MARGIN


def _is_drawn(run: Run) -> bool:
    """Whether a text is our own drawing. The bullets of lists are, though they are copied."""
    return not run.copyable or run.look.name in ("bullet", "prompt-mark")


def _in_ascii(line: Line) -> Line:
    """A line whose marks are ASCII characters: those in the gutter, at the edge, and what is not part of a message."""
    runs = tuple(run._replace(text=to_ascii(run.text)) if _is_drawn(run) else run for run in line.runs)
    lead, tail = (run and run._replace(text=to_ascii(run.text)) for run in (line.lead, line.tail))
    return replace(line, runs=runs, lead=lead, tail=tail)


def restyled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with another style over the characters between two offsets. Those outside of the strip are ignored."""
    length = len(strip.text)
    start, end = max(0, min(start, length)), max(0, min(end, length))
    if start >= end:
        return strip
    first, last = strip.index_to_cell_position(start), strip.index_to_cell_position(end)
    # As a post style: `Strip.apply_style` applies below the existing style, where the line's background hides it.
    between = Strip(Segment.apply_style(strip.crop(first, last), post_style=style), last - first)
    return Strip.join([strip.crop(0, first), between, strip.crop(last)])


def overlaid(strip: Strip, label: Segment) -> Strip:
    """A strip with a label over its right end."""
    width = strip.cell_length
    overlay = Strip([label]).crop(0, max(0, width - 1))
    return Strip.join([strip.crop(0, width - 1 - overlay.cell_length), overlay, strip.crop(width - 1)])
