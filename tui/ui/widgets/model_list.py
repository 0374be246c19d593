"""A list of models that draws only the lines in view, so that thousands cost as much as a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from tui.light_dataclass import dataclass
from tui.ui.widgets.cursor_row import cursor_strip
from tui.ui.widgets.model_rows import (
    Heading,
    Layout,
    ModelRow,
    Part,
    Row,
    header_line,
    heading_line,
    layout_for,
    model_line,
)
from tui.workspace.model_entry import ModelEntry
from tui.workspace.target import Target

_RIGHT_BUTTON: Final = 3
_MAX_STRIPS: Final = 500
"""Drawn lines that are kept."""


class ModelList(ScrollView, can_focus=False):
    """Lines with models and headings, and a cursor that is on a model. The first line has the titles of the columns.

    It takes no keys: a field above it keeps the focus.
    """

    DEFAULT_CSS = """
    ModelList {
        height: auto; background: $raised; color: $second; overflow-x: hidden; overflow-y: scroll;
        scrollbar-size-vertical: 1; scrollbar-background: $raised; scrollbar-color: $line;
    }
    ModelList > .model-list--cursor { background: $select; color: $text; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"model-list--cursor"}

    @dataclass
    class Clicked(Message):
        """Posted when a model was clicked."""

        target: Target

    @dataclass
    class CursorMoved(Message):
        """Posted when the cursor is on another model."""

        target: Target | None
        """None where the list has no models."""

    def __init__(self, *, has_boxes: bool = False) -> None:
        """Args:
        has_boxes: Whether several models can be chosen: rows begin with `[x]`.
        """
        super().__init__()
        self._has_boxes = has_boxes
        self._rows: Sequence[Row] = ()
        self._model_lines: list[int] = []
        """The lines with models."""
        self._all: Sequence[ModelEntry] = ()
        self._typed = ""
        self._at = 0
        """The index in `_model_lines` of the line with the cursor."""
        self._layout = Layout(1, (), has_boxes)
        self._laid_out: tuple[Sequence[ModelEntry], int] = (), 0
        """The models and the width that the columns are for."""
        self._strips: dict[tuple[Row, bool], Strip] = {}
        """Drawn lines. Emptied when the columns or the filter change."""
        self._styles: dict[tuple[str, bool], RichStyle] = {}
        """The styles of a theme, by their words and whether they are for the line with the cursor."""

    @property
    def rows(self) -> Sequence[Row]:
        """The lines, without the titles of the columns."""
        return self._rows

    @property
    def cursor(self) -> ModelRow | None:
        """The model at the cursor. None if there is none."""
        if not self._model_lines:
            return None
        row = self._rows[self._model_lines[self._at]]
        assert isinstance(row, ModelRow)
        return row

    @property
    def in_view(self) -> list[Target]:
        """The models in the lines that are visible."""
        first = self.scroll_offset.y
        rows = self._rows[first : first + max(0, self.size.height - 1)]
        return [row.target for row in rows if isinstance(row, ModelRow)]

    def show(self, rows: Sequence[Row], everything: Sequence[ModelEntry], typed: str, cursor: Target | None) -> None:
        """Show lines.

        Args:
            rows: The lines.
            everything: All models, also those that the filter hides. They decide which columns there are.
            typed: What the list is filtered by.
            cursor: The model to put the cursor on. None for the first one. If it is not shown, the cursor stays on its
                line.
        """
        before = self.cursor
        if typed != self._typed or len(self._strips) > _MAX_STRIPS:
            self._strips.clear()
        self._rows, self._all, self._typed = rows, everything, typed
        self._model_lines = [at for at, row in enumerate(rows) if isinstance(row, ModelRow)]
        self._at = 0 if cursor is None else max(0, min(self._at, len(self._model_lines) - 1))
        for number, line in enumerate(self._model_lines):
            row = rows[line]
            if isinstance(row, ModelRow) and row.target == cursor:
                self._at = number
                break
        self._lay_out()
        # The height that it gets with the next layout. With that of before, it would scroll there and back.
        height = self.styles.height
        self._show_cursor(self._lines_in_view if height is None or height.cells is None else height.cells - 1)
        self.refresh(layout=True)
        after = self.cursor
        if (before and before.target) != (after and after.target):
            self.post_message(self.CursorMoved(None if after is None else after.target))

    def move_cursor(self, by: int) -> None:
        """Move the cursor by some models. Stays within the list."""
        if self._model_lines:
            self._go_to(min(max(self._at + by, 0), len(self._model_lines) - 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are."""
        return len(self._rows) + 1

    def on_resize(self) -> None:
        """Lay the columns out for the new width."""
        self._lay_out()
        self._show_cursor(self._lines_in_view)

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """The line at a row of the widget. The titles of the columns stay at the top."""
        width = self.scrollable_content_region.width
        line = y - 1 + self.scroll_offset.y if y else -1
        row = self._rows[line] if 0 <= line < len(self._rows) else None
        at_cursor = bool(self._model_lines) and line == self._model_lines[self._at]
        if y and row is None:
            return Strip.blank(width, self.visual_style.rich_style)
        if not y:
            return self._strip(header_line(self._layout), width, at_cursor=False)
        strip = self._strips.get((row, at_cursor))
        if strip is None:
            if isinstance(row, ModelRow):
                parts = model_line(row, self._layout, self._typed, at_cursor=at_cursor)
            else:
                assert isinstance(row, Heading)
                parts = heading_line(row, self._layout)
            strip = self._strips[row, at_cursor] = self._strip(parts, width, at_cursor=at_cursor)
        return strip

    def on_click(self, event: events.Click) -> None:
        """Move the cursor. The right button does nothing else, so that the keys below can be clicked for the model."""
        line = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and line in self._model_lines:
            self._go_to(self._model_lines.index(line))
            if (row := self.cursor) is not None and event.button != _RIGHT_BUTTON:
                self.post_message(self.Clicked(row.target))

    def _strip(self, parts: list[Part], width: int, *, at_cursor: bool) -> Strip:
        # Textual's `Content` takes four times as long, and a window has some forty lines.
        line = Strip([Segment(text, self._style(style, at_cursor=at_cursor)) for text, style in parts if text])
        ground = self._style("", at_cursor=at_cursor)
        line = line.adjust_cell_length(width, ground)
        return cursor_strip(line, ground, self.app) if at_cursor else line

    def _style(self, style: str, *, at_cursor: bool) -> RichStyle:
        """A style on the ground of a line. Empty for the ground itself."""
        key = style, at_cursor
        if key not in self._styles:
            ground = self.get_visual_style("model-list--cursor") if at_cursor else self.visual_style
            self._styles[key] = (ground + Style.parse(style)).rich_style
        return self._styles[key]

    def _go_to(self, number: int) -> None:
        if number == self._at:
            return
        self._at = number
        self._show_cursor(self._lines_in_view)
        self.refresh()
        row = self.cursor
        self.post_message(self.CursorMoved(None if row is None else row.target))

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if width > 0 and (self._all is not self._laid_out[0] or width != self._laid_out[1]):
            layout = layout_for(self._all, width, has_boxes=self._has_boxes)
            # Only the height changes when more models arrive: then the lines stay as they are drawn.
            if layout != self._layout or width != self._laid_out[1]:
                self._strips.clear()
            self._layout, self._laid_out = layout, (self._all, width)
        # The titles stay in view, so what scrolls is a line shorter than the widget.
        self.virtual_size = Size(max(width, 1), len(self._rows) + 1)

    @property
    def _lines_in_view(self) -> int:
        """Lines that are visible below the titles."""
        return self.scrollable_content_region.height - 1

    def _show_cursor(self, height: int) -> None:
        """Scroll so that the cursor is in view, and the heading above the first model of a group.

        Args:
            height: Lines below the titles.
        """
        if not self._model_lines:
            self._scroll_to_line(0)
            return
        line = self._model_lines[self._at]
        top = line - 1 if line and isinstance(self._rows[line - 1], Heading) else line
        if height < 1:
            return
        offset = self.scroll_offset.y
        if top < offset:
            self._scroll_to_line(0 if self._at == 0 else top)
        elif line >= offset + height:
            self._scroll_to_line(line - height + 1)

    def _scroll_to_line(self, line: int) -> None:
        # Scrolling paints the list anew, also to where it is.
        if line != self.scroll_offset.y:
            self.scroll_to(0, line, animate=False, immediate=True, force=True)
