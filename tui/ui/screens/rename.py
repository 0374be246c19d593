"""Rename a conversation."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog


class RenameScreen(Dialog[str | None]):
    """Asks for a title. Returns it, or None when it stays."""

    DEFAULT_CSS = """
    RenameScreen { align: center middle; background: $background 60%; }
    RenameScreen > Vertical {
        width: 70; max-width: 95%; height: auto; border: round $primary; background: $background; padding: 0 1;
    }
    RenameScreen Input, RenameScreen Input:focus {
        border: none; height: 1; padding: 0; background: $background; background-tint: 0%;
    }
    """
    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str) -> None:
        """Args:
        title: The current title.
        """
        super().__init__()
        self._title = safe_line(title)

    def compose(self) -> ComposeResult:
        """A line to type in."""
        with Vertical() as box:
            box.border_title = "Rename the conversation"
            box.border_subtitle = "Enter rename · Esc cancel"
            yield Input(self._title)

    def on_mount(self) -> None:
        """A blinking cursor would paint while nothing happens."""
        self.query_one(Input).cursor_blink = False

    @on(Input.Submitted)
    def _rename(self, event: Input.Submitted) -> None:
        title = safe_line(event.value)
        self.dismiss(title if title and title != self._title else None)
