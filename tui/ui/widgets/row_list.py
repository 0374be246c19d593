"""Lists of rows to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import OptionList

from tui.ui.widgets.cursor_row import CURSOR_MARK, cursor_strip


class RowList(OptionList):
    """Textual's list of options, with a mark and a ground for the row at the cursor that every terminal shows.

    Its page keys do nothing before the rows are laid out: Textual 8.2 looks the row up in a layout that does not exist
    yet, as when a key follows the one that filters the list, or in a window without a line for the list.
    """

    # Textual cannot wrap rows in no cells beside their padding.
    DEFAULT_CSS = """
    RowList { min-width: 10; }
    RowList > .row-list--mark { color: $user; text-style: bold; }
    RowList > .row-list--cursor { background: $select; color: $text; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--mark", "row-list--cursor"}

    class WidthChanged(Message):
        """Posted when `row_cells` is another one, also when the list is laid out for the first time."""

    mark: ClassVar = CURSOR_MARK
    """What stands at the left of the row at the cursor."""

    mark_cells: ClassVar = len(CURSOR_MARK)
    """Cells at the left of each row that are kept free for the mark. 0 if it covers the first cell, which is blank."""

    _width = 0
    """The width that was reported last."""

    _row_lines: Sequence[tuple[int, int]] = ()
    """See `row_at`. As of the picture that is being painted: Textual examines all rows each time it is asked."""

    _blank_line: Strip | None = None
    """What is shown below the rows. None before it was needed for this picture."""

    def on_resize(self, event: events.Resize) -> None:
        """Report another width: the rows were made for the width of before."""
        if event.size.width != self._width:
            self._width = event.size.width
            self.post_message(self.WidthChanged())

    @property
    def row_cells(self) -> int:
        """Cells for the text of a row: without the mark, and with one free at the right."""
        return max(1, self.scrollable_content_region.width - self.mark_cells - 1)

    @property
    def shows_cursor(self) -> bool:
        """Whether the row at the cursor is marked: while Enter would choose it."""
        return self.has_focus or not self.can_focus

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of a picture."""
        self._row_lines, self._blank_line = self._lines, None
        return super().render_lines(crop)

    def row_at(self, y: int) -> tuple[int, int] | None:
        """The index of the row on a line, and the number of the line within the row. None below the last row."""
        at = self.scroll_offset.y + y
        return self._row_lines[at] if 0 <= at < len(self._row_lines) else None

    def render_line(self, y: int) -> Strip:
        """A line, with the mark in the first line of the row at the cursor."""
        row = self.row_at(y)
        if row is None:
            self._blank_line = self._blank_line or super().render_line(y)
            return self._blank_line
        line = super().render_line(y)
        index, number = row
        is_cursor = index == self.highlighted and self.shows_cursor and not self.options[index].disabled
        line = self._marked(line, self.mark if is_cursor and number == 0 else " " * len(self.mark), index)
        return self._on_ground(line) if is_cursor else line

    def _marked(self, line: Strip, mark: str, index: int) -> Strip:
        """A line with the mark at its left.

        Args:
            line: The line, without cells that are kept free for the mark.
            mark: The mark, or blanks.
            index: The row's index, which a click on the mark reports.
        """
        line = line if self.mark_cells else line.crop(len(mark))
        ground = next((segment.style.bgcolor for segment in line if segment.style), None)
        colour = self.get_component_rich_style("row-list--mark", partial=True)
        look = colour + Style(bgcolor=ground, meta={"option": index})
        return Strip([Segment(mark, look), *line], len(mark) + line.cell_length)

    def _on_ground(self, line: Strip) -> Strip:
        """A line on the ground of the row at the cursor."""
        return cursor_strip(line, self.get_component_rich_style("row-list--cursor"), self.app)

    def _get_left_gutter_width(self) -> int:
        return self.mark_cells

    def action_page_up(self) -> None:
        """Move the cursor up by a page."""
        if self._has_layout:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move the cursor down by a page."""
        if self._has_layout:
            super().action_page_down()  # type: ignore[no-untyped-call]

    def move_cursor(self, by: int) -> None:
        """Move the cursor by some rows, for a dialog whose field keeps the focus. Stays within the list."""
        if self.option_count:
            self.highlighted = min(max((self.highlighted or 0) + by, 0), self.option_count - 1)

    @property
    def _has_layout(self) -> bool:
        return bool(self._lines) and (self.highlighted or 0) in self._index_to_line


class FilteredList(RowList, can_focus=False):
    """The list below a field that filters it. The field keeps the focus, and moves the cursor."""
