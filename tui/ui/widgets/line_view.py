"""A scrolling view of lines, drawn one line at a time instead of one widget for each paragraph.

The view draws only the lines that are on screen, and the same line is the same
`Strip` each time, so that Textual compares and renders it once. What a frame
costs therefore does not depend on the length of the conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.filter import LineFilter
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.light_dataclass import dataclass
from tui.ui.ascii import AsciiFilter, is_only_ascii
from tui.ui.line_filters import FilterChain
from tui.ui.log.entries import Entry
from tui.ui.log.paint import AIR, LOOKS, Painter, overlaid, restyled
from tui.ui.log.picture_line import PICTURE_LINK, PictureLine
from tui.ui.log.pointing import Position, block_at, character_at, word_at
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.selection_text import copied_spans, text_between
from tui.ui.markdown import lexers
from tui.ui.markdown.lines import Line, Look, Run
from tui.ui.text_column import AIRY_LINES, GUTTER, text_column
from tui.ui.widgets.scroll_bar import LineScrollBar

if TYPE_CHECKING:
    from tui.chat.image import Image
    from tui.ui.pictures.gallery import Gallery

_PAUSE_S: Final = 1 / 120
"""Time between two slices of layout, in seconds, for keys and painting."""

_RIGHT_BUTTON = 3


class LineView(ScrollView, can_focus=True):
    """Shows the lines of a scrollback. Owns the scroll position, the mouse selection and the cache of strips.

    The view follows the end until the reader scrolls up. From then on the lines
    in view stay in place, and a label counts the new lines below.
    """

    DEFAULT_CSS = """
    LineView {
        background: $ground;
        scrollbar-size-vertical: 1;
        scrollbar-background: $ground;
        scrollbar-color: $line;
        overflow-x: hidden;
        overflow-y: scroll;
    }
    LineView > .line-view--prompt { color: $text; background: $you; }
    LineView > .line-view--you { color: $text; background: $you; }
    LineView > .line-view--you-above { color: $you; background: $ground; }
    LineView > .line-view--you-below { color: $ground; background: $you; }
    LineView > .line-view--you-name { color: $user; text-style: bold; }
    LineView > .line-view--card { color: $second; background: $raised; }
    LineView > .line-view--card-above { color: $raised; background: $ground; }
    LineView > .line-view--card-below { color: $ground; background: $raised; }
    LineView > .line-view--block-below { color: $ground; background: $well; }
    LineView > .line-view--card-bar { color: $error; }
    LineView > .line-view--action-key { color: $user; text-style: bold; }
    LineView > .line-view--action { color: $second; }
    LineView > .line-view--value { color: $text; }
    LineView > .line-view--time { color: $dim; }
    LineView > .line-view--prompt-bar { color: $spark; }
    LineView > .line-view--prompt-mark { color: $second; }
    LineView > .line-view--label { color: $accent; }
    LineView > .line-view--hint { color: $dim; }
    LineView > .line-view--thinking { color: $dim; }
    LineView > .line-view--fold { color: $second; }
    LineView > .line-view--figures { color: $dim; }
    LineView > .line-view--failed { color: $error; }
    LineView > .line-view--stopped { color: $second; }
    LineView > .line-view--warning { color: $warning; }
    LineView > .line-view--live { color: $accent; }
    LineView > .line-view--mark { color: $spark; }
    LineView > .line-view--found { color: $text; background: $hit; }
    LineView > .line-view--found-here { color: $onspark; background: $spark; }
    LineView > .line-view--selected { color: $text; background: $mark; }
    LineView:ansi > .line-view--selected { text-style: reverse; }
    LineView > .line-view--below { color: $onspark; background: $spark; }
    LineView > .line-view--heading1 { color: $accent; text-style: bold underline; }
    LineView > .line-view--heading2 { color: $accent; text-style: bold; }
    LineView > .line-view--heading3 { color: $text; text-style: bold; }
    LineView > .line-view--code { color: $accent; background: $well; }
    LineView > .line-view--math { color: $second; text-style: italic; }
    LineView > .line-view--link { color: $accent; text-style: underline; }
    LineView > .line-view--block { color: $text; background: $well; }
    LineView > .line-view--language { color: $dim; }
    LineView > .line-view--copy { color: $dim; }
    LineView > .line-view--comment { color: $comment; text-style: italic; }
    LineView > .line-view--keyword { color: $keyword; }
    LineView > .line-view--number { color: $number; }
    LineView > .line-view--function { color: $function; }
    LineView > .line-view--builtin { color: $type; }
    LineView > .line-view--string { color: $string; }
    LineView > .line-view--deleted { color: $error; }
    LineView > .line-view--quote { color: $second; }
    LineView > .line-view--quote-bar { color: $edge; }
    LineView > .line-view--alert { color: $accent; }
    LineView > .line-view--alert-warning { color: $warning; }
    LineView > .line-view--rule { color: $line; }
    LineView > .line-view--footnote { color: $accent; }
    LineView > .line-view--table-head { color: $second; text-style: bold; }
    LineView > .line-view--bullet { color: $accent; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{name}" for name in LOOKS}

    text_width: var[int] = var(1, init=False)
    """Cells per line of text. Changes after the scrollback has been resized."""

    marked: var[int | None] = var(None, init=False)
    """The index of the entry that is marked while the view has focus. None for none."""

    @dataclass
    class EntryClicked(Message):
        """Posted when the user clicks on an entry."""

        entry: Entry

        look: Look
        """The look of the text at the mouse, with the address if it is a link. Plain beside the text."""

        line: Line
        """The line at the mouse."""

    @dataclass
    class MenuRequested(Message):
        """Posted when the user clicks on an entry with the right button."""

        entry: Entry
        x: int
        """The column of the screen."""

        y: int
        """The row of the screen."""

    @dataclass
    class PictureClicked(Message):
        """Posted when the user clicks on a picture or its caption."""

        entry: Entry
        number: int
        """The number of the image in its message, from 0."""

    def __init__(self, scrollback: Scrollback, text_width: int = 0) -> None:
        """Args:
        scrollback: The entries to show. Call `update_entry` or `update_lines` after each change of them.
        text_width: Cells of text in a line. 0 for all there are.
        """
        super().__init__()
        self._wanted_width = text_width
        self._column = text_column(0, text_width)
        self._painter = Painter(self._style_of)
        self.below_key = ""
        """The key that scrolls to the end, as shown in the label for new lines. Empty for none."""
        self.highlights: Callable[[int, int], Iterable[tuple[int, int, bool]]] | None = None
        """Returns the search hits in a line, by index of the entry and of the line in it: start, end, is current."""
        self._scrollback = scrollback
        self._has_graphics = False
        """Whether pictures are shown with the terminal's own graphics."""
        self._is_repositioning = False
        self._slice_timer: Timer | None = None
        """Runs while large entries are being laid out."""
        self._new_lines = 0
        """The number in the label for new lines. No label if 0."""
        self._lines_in_view: list[tuple[Line, int]] = []
        """The lines that were in view when the view was last positioned, each with the width of its ground."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar, which Textual creates through this property when it is first needed."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = bar = LineScrollBar()
            bar.display = False
            # Textual has no public way to use another scrollbar.
            self.app._start_widget(self, bar)  # noqa: SLF001
        return self._vertical_scrollbar

    def use_copy_key(self, key: str) -> None:
        """Show another key that copies code of the selected message, as people write it. Empty for none."""
        self._painter.copy_key = key
        self._painter.forget()
        self.refresh()

    def use_gallery(self, gallery: Callable[[], Gallery]) -> None:
        """Show the images of messages. Called before any message is shown.

        Args:
            gallery: Returns what decodes them.
        """
        self._scrollback.gallery = gallery

    @property
    def target_images(self) -> tuple[Image, ...]:
        """The images of the marked entry; without one, those of the last entry that has some."""
        entries = self._scrollback.entries
        marked = entries if self.marked is None else [entries[self.marked]]
        return next((entry.message.images for entry in reversed(marked) if entry.message.images), ())

    def show_pictures(self, *, in_graphics: bool) -> None:
        """Lay messages with images out again, because others are decoded by now.

        Args:
            in_graphics: Whether pictures are shown with the terminal's own graphics.
        """
        self._has_graphics = in_graphics
        self._painter.forget()
        for entry in self._scrollback.entries:
            entry.show_pictures()
        self.update_lines()

    @property
    def is_following(self) -> bool:
        """Whether the view follows the end."""
        return self._scrollback.is_following

    @property
    def text(self) -> str:
        """All lines as plain text, for tests."""
        width = self._scrollback.width
        for entry in self._scrollback.entries:
            while not entry.lay_out(width, 1.0):
                pass
        lines = (line for entry in self._scrollback.entries for line in entry.lines(width))
        return "\n".join(f"{line.lead.text if line.lead else ''}{line.text}".rstrip() for line in lines)

    def follow(self) -> None:
        """Scroll to the end, and follow it."""
        self._scrollback.follow()
        self.update_lines()

    def update_lines(self) -> None:
        """Draw all lines in view again, after any change."""
        self._reposition()
        self.refresh()

    def update_entry(self, at: int) -> None:
        """Draw one entry again, after a change of nothing else.

        Args:
            at: The index of the entry.
        """
        if not self._can_lay_out:
            return
        before = self.scroll_offset.y, self._new_lines
        self._scrollback.measure(at)
        changed = self._reposition()
        if before != (self.scroll_offset.y, self._new_lines):
            self.refresh()
        elif changed:
            self.refresh(Region(0, changed[0], self.size.width, changed[-1] + 1 - changed[0]))

    # Methods and handlers that Textual calls.

    def render_line(self, y: int) -> Strip:
        """One line of the view, with the offsets by which the mouse selects text."""
        line = self.scroll_offset.y + y
        return self._strip(line).apply_offsets(0, line)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the view. Unlike the base class, returns the same strip for the same line.

        Strips cache what they render, so that only changed lines cost time.
        """
        top = self.scroll_offset.y
        # Below a dialog, Textual mixes the colours of cells, which the terminal's own graphics do not have.
        self._painter.in_graphics = self._has_graphics and self.screen.is_active
        strips = [self._strip(top + y) for y in range(crop.y, crop.bottom)]
        if self._new_lines and crop.y < self.size.height <= crop.bottom:
            at = self.size.height - 1 - crop.y
            strips[at] = overlaid(strips[at], Segment(self._new_lines_label, self._painter.style(Look("below"))))
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters of the app, but the one for ASCII: the painter knows which text is our own."""
        filters = super().get_line_filters()
        return [each.without(AsciiFilter) if isinstance(each, FilterChain) else each for each in filters]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, without borders, and with wrapped lines joined."""
        start = selection.start or Offset(0, 0)
        last = self._scrollback.total - 1
        end = selection.end or Offset(10_000, last)
        lines = ((y, self._scrollback.line(y)[0]) for y in range(max(0, start.y), min(end.y, last) + 1))
        return text_between(lines, start.transpose, end.transpose, self._text_left), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        """Draw the changed selection."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Drop the cached strips after a change of theme or styles."""
        super().notify_style_update()
        self._painter.forget()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell the scrollback where the reader has scrolled to."""
        super().watch_scroll_y(old_value, new_value)
        # An old position beyond the end means that the content became shorter and Textual moved the view.
        if self._is_repositioning or old_value > self.max_scroll_y:
            return
        self._scrollback.go_to(round(new_value))
        self._reposition()

    def on_mount(self) -> None:
        """Wait for lexers that are loaded in the background."""
        lexers.add_listener(self._highlight)

    def on_unmount(self) -> None:
        """Stop waiting for lexers."""
        lexers.remove_listener(self._highlight)

    def use_text_width(self, text_width: int) -> None:
        """Use another width of the text. See `__init__`."""
        self._wanted_width = text_width
        self.lay_out()

    def on_resize(self) -> None:
        """Lay the lines out for the new size. The line at the top of the view stays there."""
        self.lay_out()

    def lay_out(self) -> None:
        """Lay the lines out for what the size, the settings and the terminal are now."""
        self._column = text_column(self.outer_size.width, self._wanted_width)
        width = self._column.text_width
        is_airy = self.app.size.height >= AIRY_LINES and not self.app.native_ansi_color and not is_only_ascii()
        if is_airy != self._painter.is_airy:
            self._painter.is_airy = is_airy
            self._painter.forget()
        self._scrollback.resize(width, self.size.height, is_airy=is_airy)
        self.text_width = width
        self.update_lines()

    def on_click(self, event: events.Click) -> None:
        """Follow the end if the label for new lines was clicked; else report what was.

        Selecting text by dragging the mouse is not a click. The second click selects the word, the third the block.
        The right button asks for a menu.
        """
        if event.button == _RIGHT_BUTTON:
            _, at = self._scrollback.line(self.scroll_offset.y + event.y)
            if at >= 0:
                self.post_message(self.MenuRequested(self._scrollback.entries[at], event.screen_x, event.screen_y))
            return
        if event.chain > 1:
            # Textual would select everything.
            event.prevent_default()
            if self._select_at(event):
                return
        label_width = len(self._new_lines_label) + 1
        if self._new_lines and event.y == self.size.height - 1 and event.x >= self.size.width - label_width:
            self.follow()
            return
        line, at = self._scrollback.line(self.scroll_offset.y + event.y)
        run = _run_at(line, event.x - self._text_left)
        if self._painter.is_on_tail(line, event.x, self._column, marked=self._is_marked(at)):
            run = line.tail
        if at >= 0 and self.text_selection is None:
            look = Look() if run is None else run.look
            if (number := _picture_at(line, run, event.x - self._text_left)) is not None:
                self.post_message(self.PictureClicked(self._scrollback.entries[at], number))
                return
            self.post_message(self.EntryClicked(self._scrollback.entries[at], look, line))

    def _select_at(self, event: events.Click) -> bool:
        """Select the word or the block that was clicked. False where there is only decoration."""
        y = self.scroll_offset.y + event.y
        line, _ = self._scrollback.line(y)
        cell = event.x - self._text_left
        run = _run_at(line, cell)
        character = character_at(line, cell)
        if run is None or character is None or not run.copyable:
            return False

        def line_at(number: int) -> Line:
            return self._scrollback.line(number)[0]

        span = word_at(line_at, Position(y, character)) if event.chain == 2 else block_at(line_at, y)
        if span is not None:
            start, end = (Offset(self._text_left + each.character, each.line) for each in span)
            self.screen.selections = {self: Selection(start, end)}
        return True

    # Layout and drawing.

    @property
    def _text_left(self) -> int:
        """Cells left of the text of a line."""
        return self._column.left + GUTTER

    @property
    def _can_lay_out(self) -> bool:
        return self.is_mounted and self.size.height > 0

    @property
    def _new_lines_label(self) -> str:
        key = f" · {self.below_key}" if self.below_key else ""
        return f" ↓ {self._new_lines:,} new line{'' if self._new_lines == 1 else 's'} below{key} "

    def _reposition(self) -> list[int]:
        """Lay out the lines in view, and scroll to where the scrollback wants the view.

        Returns:
            The rows of the view whose lines have changed, from the top.
        """
        if not self._can_lay_out:
            return []
        top = self._scrollback.settle()
        self._is_repositioning = True
        try:
            self._resize_content(Size(self.scrollable_content_region.width, self._scrollback.total))
            top = min(max(0, top), self.max_scroll_y)
            self.set_reactive(ScrollView.scroll_target_y, float(top))
            self.scroll_y = float(top)
        finally:
            self._is_repositioning = False
        self._new_lines = self._scrollback.new_lines
        if self._scrollback.is_partial and self._slice_timer is None:
            self._slice_timer = self.set_timer(_PAUSE_S, self.lay_out_more)
        lines = (self._scrollback.line(top + y)[0] for y in range(self.size.height))
        # Lines of code share a ground, which grows while the block streams in.
        before, self._lines_in_view = (
            self._lines_in_view,
            [(line, 0 if line.ground is None else line.ground.cells) for line in lines],
        )
        return [row for row, (old, new) in enumerate(zip_longest(before, self._lines_in_view)) if old != new]

    def _resize_content(self, size: Size) -> None:
        """Tell the scrollbar the size of the content.

        Assigning `virtual_size` would lay out the whole screen for each new line, though this view keeps its size.
        """
        if size != self.virtual_size:
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)

    def lay_out_more(self) -> None:
        """Go on with entries that are too large to lay out at once."""
        self._slice_timer = None
        self.update_lines()

    def _highlight(self, languages: frozenset[str]) -> None:
        """Draw code again that can be highlighted now."""
        changed = [entry for entry in self._scrollback.entries if entry.highlight(languages)]
        if changed:
            self.update_lines()

    def _strip(self, y: int) -> Strip:
        """The strip of a line of the scrollback, with search hits and the selection."""
        line, at = self._scrollback.line(y)
        strip = self._painter.strip(
            line, self.scrollable_content_region.width, self._column, marked=self._is_marked(at)
        )
        if self.highlights is not None and at >= 0:
            for start, end, is_current in self.highlights(at, y - self._scrollback.top_of(at)):
                style = self._painter.style(Look("found-here" if is_current else "found"))
                strip = restyled(strip, start + self._text_left, end + self._text_left, style)
        selection = self.text_selection
        if selection is None or line.fill in AIR or (span := selection.get_span(y)) is None:
            return strip
        left = self._text_left
        # Not the style of Textual's own selection: its colour is transparent, which is its background here.
        style = self._painter.style(Look("selected"))
        for first, last in copied_spans(line, span[0] - left, None if span[1] == -1 else span[1] - left):
            strip = restyled(strip, first + left, last + left, style)
        return strip

    def _is_marked(self, at: int) -> bool:
        return at == self.marked and self.has_focus

    def _style_of(self, *names: str) -> Style:
        return self.get_visual_style(*(f"line-view--{name}" for name in names)).rich_style


def _picture_at(line: Line, run: Run | None, x: int) -> int | None:
    """The number of the image whose picture or caption is at a cell of a line. None if there is none."""
    if isinstance(line, PictureLine):
        return line.number if line.width <= x < line.width + line.columns else None
    # A link in an answer can be copied.
    is_caption = run is not None and not run.copyable and run.look.link.startswith(PICTURE_LINK)
    return int(run.look.link.removeprefix(PICTURE_LINK)) if run is not None and is_caption else None


def _run_at(line: Line, x: int) -> Run | None:
    """The run of a line at a cell. None beside the text."""
    end = 0
    for run in line.runs:
        end += Line((run,)).width
        if 0 <= x < end:
            return run
    return None
