"""Rename a conversation."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


class RenameScreen(Dialog[str | None]):
    """Asks for a title. Returns it, or None when it stays."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str) -> None:
        """Args:
        title: The current title.
        """
        super().__init__()
        self._title = safe_line(title)

    def compose(self) -> ComposeResult:
        """A line to type in."""
        yield DialogFrame(
            "Rename the conversation",
            Input(self._title, classes="field"),
            KeyLine([("Enter", "rename", "enter"), ("Esc", "cancel", "escape")]),
        )

    def on_mount(self) -> None:
        """A blinking cursor would paint while nothing happens."""
        self.query_one(Input).cursor_blink = False

    @on(Input.Submitted)
    def _rename(self, event: Input.Submitted) -> None:
        title = safe_line(event.value)
        self.dismiss(title if title and title != self._title else None)
