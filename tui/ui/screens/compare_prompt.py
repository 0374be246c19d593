"""Asks for the prompt to compare models on."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


class ComparePromptScreen(Dialog[str | None]):
    """A field for a prompt. Returns it without blanks around it, or None when cancelled."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]
    DEFAULT_CSS = """
    ComparePromptScreen .note { padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        """A line to type in."""
        field = Input(placeholder="your prompt", classes="field")
        field.cursor_blink = False
        yield DialogFrame(
            "Compare models",
            field,
            Static("Each model that you choose next answers this prompt.", classes="note"),
            KeyLine([("Enter", "choose models", "enter"), ("Esc", "cancel", "escape")]),
        )

    @on(Input.Submitted)
    def _continue(self, event: Input.Submitted) -> None:
        if text := event.value.strip():
            self.dismiss(text)
