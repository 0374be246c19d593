"""Where something of several lines is written."""

from __future__ import annotations

from typing import Any

from textual.geometry import Offset
from textual.widgets import TextArea


class WritingArea(TextArea):
    """A `TextArea` whose cursor stands still, and that can undo whatever was written."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Args:
        arguments: For the `TextArea`.
        named: For it too.
        """
        super().__init__(*arguments, show_line_numbers=False, highlight_cursor_line=False, **named)
        # A cursor that blinks repaints for ever, and nothing else does while nobody does anything.
        self.cursor_blink = False

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Scroll to the cursor, where there is one.

        While many lines are undone it stands for a moment where nothing is any
        more: `TextArea._undo_batch` puts it back last.
        """
        if self.cursor_location[0] >= self.document.line_count:
            return Offset()
        return super().scroll_cursor_visible(center, animate)
