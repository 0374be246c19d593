"""Asks whether to quit while something is still going on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.workspace.keys import Keys


class QuitScreen(Dialog[bool]):
    """Says what quitting stops. Returns whether to quit."""

    BINDINGS: ClassVar = [Binding("escape,enter", "dismiss(False)", show=False)]
    DEFAULT_CSS = """
    QuitScreen #what { margin: 1 0 0 0; height: auto; }
    """

    def __init__(self, going_on: Sequence[str], keys: Keys) -> None:
        """Args:
        going_on: What is going on, one sentence each.
        keys: The keys in use: those that quit do it here too.
        """
        super().__init__()
        self._going_on = going_on
        self._quit_keys = {"q", *(key.strip() for key in keys.of("quit").split(","))}
        self._quit_label = keys.label("quit").split(", ")[0]

    def compose(self) -> ComposeResult:
        """What is going on, and the keys."""
        text = f"{' '.join(map(safe_line, self._going_on))} What has arrived is kept."
        yield DialogFrame(
            "Quit?",
            Static(text, id="what", markup=False),
            KeyLine([("Enter", "stay", "enter"), (self._quit_label or "q", "quit", "q"), ("Esc", "stay", "escape")]),
        )

    def confirm_quit(self) -> None:
        """Quit. The app calls this for its own key."""
        self.dismiss(True)

    def on_key(self, event: events.Key) -> None:
        """The keys that quit."""
        if event.key in self._quit_keys:
            event.stop()
            self.confirm_quit()
