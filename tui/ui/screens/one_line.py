"""A question that is answered with one line."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


class OneLineScreen(Dialog[str | None]):
    """Asks for a line of text. Returns it without blanks around it, which may be empty; None when closed."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str, note: str, word: str) -> None:
        """Args:
        title: The dialog's title.
        note: What the line is for; safe to show.
        word: What Enter does, in a word.
        """
        super().__init__()
        self._title = title
        self._note = note
        self._word = word

    def compose(self) -> ComposeResult:
        """What the line is for, and a field for it."""
        yield DialogFrame(
            self._title,
            Static(Content(self._note), classes="note", markup=False),
            Input(classes="field"),
            KeyLine([("Enter", self._word, "enter"), ("Esc", "cancel", "escape")]),
        )

    def on_mount(self) -> None:
        """A blinking cursor would paint while nothing happens."""
        self.query_one(Input).cursor_blink = False

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
