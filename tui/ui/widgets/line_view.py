"""A scrolling view of the lines of a scrollback. It paints only lines that are in view, each once.

The same line gives the same `Strip` object each time, so that Textual's own caches hit; what differs from frame to
frame (marks, search hits, selection) is laid over it. The view follows the tail until the reader scrolls up, and then
stays where the reader is, whatever arrives below.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.ui.log.paint import LOOKS, Painter, overlaid, restyled
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.selection_text import text_between
from tui.ui.markdown.lines import Line, Look, Run

MARGIN: Final = 2
"""Cells left of the text, where the selected message is marked."""


class LineView(ScrollView, can_focus=True):
    """Shows a scrollback. Owns where the view is; what the lines say is the scrollback's."""

    DEFAULT_CSS = """
    LineView {
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-color: $foreground 20%;
        overflow-x: hidden;
        overflow-y: scroll;
    }
    LineView > .line-view--prompt { color: $foreground; }
    LineView > .line-view--prompt-bar { color: $primary; }
    LineView > .line-view--label { color: $text-secondary; text-style: bold; }
    LineView > .line-view--hint { color: $text-muted; }
    LineView > .line-view--thinking { color: $text-muted; }
    LineView > .line-view--fold { color: $text-accent; }
    LineView > .line-view--figures { color: $text-disabled; }
    LineView > .line-view--failed { color: $text-error; }
    LineView > .line-view--stopped { color: $text-warning; }
    LineView > .line-view--mark { color: $accent; }
    LineView > .line-view--found { color: $text; background: $warning 45%; }
    LineView > .line-view--found-here { color: $text; background: $warning; text-style: bold; }
    LineView > .line-view--below { color: $text; background: $primary-muted; }
    LineView > .line-view--heading1 { color: $text-primary; text-style: bold underline; }
    LineView > .line-view--heading2 { color: $text-primary; text-style: bold; }
    LineView > .line-view--heading3 { color: $text-secondary; text-style: bold; }
    LineView > .line-view--code { color: $text-accent; background: $foreground 8%; }
    LineView > .line-view--math { color: $text-success; }
    LineView > .line-view--link { color: $text-primary; text-style: underline; }
    LineView > .line-view--block { color: $foreground; background: $foreground 6%; }
    LineView > .line-view--language { color: $text-disabled; }
    LineView > .line-view--comment { color: $text-muted; }
    LineView > .line-view--keyword { color: $text-accent; }
    LineView > .line-view--number { color: $text-warning; }
    LineView > .line-view--function { color: $text-primary; }
    LineView > .line-view--builtin { color: $text-secondary; }
    LineView > .line-view--string { color: $text-success; }
    LineView > .line-view--deleted { color: $text-error; }
    LineView > .line-view--quote { color: $text-muted; }
    LineView > .line-view--quote-bar { color: $secondary; }
    LineView > .line-view--rule { color: $foreground 30%; }
    LineView > .line-view--bullet { color: $text-secondary; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{name}" for name in LOOKS}

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._scrollback = Scrollback()
        self._painter = Painter(self._style_of)
        self._is_moving = False
        self._new_lines = 0
        """New lines below the view, as its label shows them."""
        self.below_key = ""
        """The key that goes to the new lines, as people write it."""

    # What subclasses decide.

    def is_marked(self, entry: int) -> bool:  # noqa: ARG002
        """Whether the lines of an entry are marked in the margin."""
        return False

    def decorate(self, strip: Strip, line: int, entry: int) -> Strip:  # noqa: ARG002
        """Lay something over a line, such as search hits.

        Args:
            strip: The line as it was painted.
            line: Its number in the scrollback.
            entry: The entry that it belongs to; negative for none.
        """
        return strip

    # The view.

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._scrollback.follow()
        self.settle()
        self.refresh()

    @property
    def is_following(self) -> bool:
        """Whether the view stays at the end."""
        return self._scrollback.is_following

    def settle(self, changed: int | None = None) -> None:
        """Measure what is in view, and move the view to where it belongs.

        Args:
            changed: The entry whose lines changed. None for none; negative to repaint only if something moved.
        """
        if not self.is_mounted or not self.size.height:
            return
        before = self.scroll_offset.y, self._scrollback.total, self._new_lines
        if changed is not None and changed >= 0:
            self._scrollback.measure(changed)
        self._move(self._scrollback.settle())
        self._new_lines = self._scrollback.new_lines
        if changed is None:
            return
        if before != (self.scroll_offset.y, self._scrollback.total, self._new_lines):
            self.refresh()
        elif changed >= 0:
            top = self._scrollback.top_of(changed) - self.scroll_offset.y
            height = self._scrollback.height_of(changed) + min(0, top)
            self.refresh(Region(0, max(0, top), self.size.width, height))

    def resize_lines(self) -> bool:
        """Lay the lines out for the present size; the top line stays. Returns whether the width changed."""
        width = max(1, self.scrollable_content_region.width - MARGIN - 1)
        has_new_width = width != self._scrollback.width
        self._scrollback.resize(width, self.size.height)
        self.settle()
        self.refresh()
        return has_new_width

    def run_at(self, x: int, y: int) -> Run | None:
        """The piece of text at a position in the view. None when there is none."""
        line, _ = self._scrollback.line(self.scroll_offset.y + y)
        at = MARGIN
        for run in line.runs:
            at += Line((run,)).width
            if MARGIN <= x < at:
                return run
        return None

    def is_on_label(self, x: int, y: int) -> bool:
        """Whether a position is on the label that tells of new lines below."""
        return bool(self._new_lines) and y == self.size.height - 1 and x >= self.size.width - len(self._label) - 1

    # What Textual calls.

    def render_line(self, y: int) -> Strip:
        """One line of the view, with offsets for the mouse to select by."""
        line = self.scroll_offset.y + y
        return self._strip(line).apply_offsets(0, line)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the view."""
        top = self.scroll_offset.y
        strips = [self._strip(top + y) for y in range(crop.y, crop.bottom)]
        if self._new_lines and crop.y < self.size.height <= crop.bottom:
            at = self.size.height - 1 - crop.y
            strips[at] = overlaid(strips[at], Segment(self._label, self._painter.style(Look("below"))))
        if filters := self.get_line_filters():
            background = self.background_colors[1]
            for line_filter in filters:
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under the selection, without borders, wrapped lines joined again."""
        start = selection.start or Offset(0, 0)
        last = self._scrollback.total - 1
        end = selection.end or Offset(10_000, last)
        lines = ((y, self._scrollback.line(y)[0]) for y in range(max(0, start.y), min(end.y, last) + 1))
        return text_between(lines, start.transpose, end.transpose, MARGIN), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        """The selection changed."""
        self.refresh()

    def notify_style_update(self) -> None:
        """The theme or the styles changed."""
        super().notify_style_update()
        self._painter.forget()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The view moved. Where the reader moved it, it stays from now on."""
        super().watch_scroll_y(old_value, new_value)
        # A view beyond the end is moved by the end coming nearer, not by the reader.
        if self._is_moving or old_value > self.max_scroll_y:
            return
        self._scrollback.go_to(round(new_value))
        self.settle()

    def _move(self, top: int) -> None:
        self._is_moving = True
        try:
            self.virtual_size = Size(self.scrollable_content_region.width, self._scrollback.total)
            top = min(max(0, top), self.max_scroll_y)
            self.set_reactive(ScrollView.scroll_target_y, float(top))
            self.scroll_y = float(top)
        finally:
            self._is_moving = False

    def _strip(self, y: int) -> Strip:
        line, entry = self._scrollback.line(y)
        strip = self._painter.strip(line, self.scrollable_content_region.width, marked=self.is_marked(entry))
        strip = self.decorate(strip, y, entry)
        selection = self.text_selection
        if selection is None or (span := selection.get_span(y)) is None:
            return strip
        start, end = span
        style = self.screen.get_component_rich_style("screen--selection")
        return restyled(strip, start, len(strip.text) if end == -1 else end, style)

    @property
    def _label(self) -> str:
        return f" ↓ {self._new_lines:,} new line{'' if self._new_lines == 1 else 's'} below · {self.below_key} "

    def _style_of(self, *names: str) -> Style:
        return self.get_visual_style(*(f"line-view--{name}" for name in names)).rich_style
