"""An editor for several lines of text."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui.ui.words import word_around

_LEFT_BUTTON = 1


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

    def on_click(self, event: events.Click) -> None:
        """Select the word of a double click, and the line of a triple click."""
        if event.chain < 2 or event.button != _LEFT_BUTTON:
            return
        # Textual would select everything on the screen.
        event.prevent_default()
        row, column = self.get_target_document_location(event)
        line = self.document.get_line(row)
        # A click right of the line is at its end, where the last word is the nearest.
        span = word_around(line, min(column, max(0, len(line) - 1))) if event.chain == 2 else (0, len(line))
        if span is not None:
            self.selection = Selection((row, span[0]), (row, span[1]))

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
