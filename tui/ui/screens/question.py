"""A question that is answered with yes or no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


class QuestionScreen(Dialog[bool]):
    """Asks before something is done that cannot be undone. Returns the decision."""

    BINDINGS: ClassVar = [
        Binding("escape,n", "dismiss(False)", show=False),
        Binding("y", "dismiss(True)", show=False),
    ]
    DEFAULT_CSS = """
    QuestionScreen #what { margin: 1 0 0 0; height: auto; }
    """

    def __init__(self, title: str, text: str, word: str, word_of_escape: str = "cancel") -> None:
        """Args:
        title: The question; safe to show.
        text: What would happen; safe to show.
        word: What `y` does, in a word.
        word_of_escape: What Esc does, in a word.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._word = word
        self._word_of_escape = word_of_escape

    def compose(self) -> ComposeResult:
        """What would happen, and the keys."""
        yield DialogFrame(
            self._title,
            Static(Content(self._text), id="what", markup=False),
            KeyLine([("y", self._word, "y"), ("Esc", self._word_of_escape, "escape")]),
        )
