"""An editor for several lines of text."""

from __future__ import annotations

from typing import Any

from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets import TextArea


class TextEditor(TextArea):
    """A `TextArea` with a steady cursor, in which every edit can be undone."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Args:
        arguments: For the `TextArea`.
        named: For the `TextArea`.
        """
        super().__init__(*arguments, show_line_numbers=False, highlight_cursor_line=False, **named)
        # A blinking cursor would be the only thing that paints while the user does nothing.
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        """A line of the text, or of the placeholder, which `TextArea` cannot wrap where there is no space for it."""
        if not self.text and self.content_size.width < 1:
            return Strip.blank(self.size.width)
        return super().render_line(y)

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Scroll to the cursor.

        While many lines are undone, `TextArea._undo_batch` leaves the cursor behind the end of the text for a moment.
        """
        if self.cursor_location[0] >= self.document.line_count:
            return Offset()
        return super().scroll_cursor_visible(center, animate)
