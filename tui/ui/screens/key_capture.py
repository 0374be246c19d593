"""Asks for the key of a command: the key that is pressed next."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.ui.key_bindings import configured_name
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.workspace.commands import BY_NAME
from tui.workspace.keys import key_label


class KeyCapture(Dialog[str | None]):
    """Waits for a key. Returns its name for `[keys]` of the config; None when cancelled by Escape.

    The app hands it each key before any binding is looked up: see `LlmTuiApp`.
    """

    DEFAULT_CSS = """
    KeyCapture #now { margin: 1 0 0 0; height: auto; color: $second; }
    KeyCapture #reason { height: auto; color: $error; }
    """

    def __init__(self, command: str, keys: str, reason_against: Callable[[str], str], *, adds: bool) -> None:
        """Args:
        command: The name of the command.
        keys: Its keys so far, as the config has them.
        reason_against: Returns why the command must not have a key. Empty if it may.
        adds: Whether the key is added to its keys, and does not replace them.
        """
        super().__init__()
        self._command = BY_NAME[command]
        self._keys = keys
        self._reason_against = reason_against
        self._adds = adds

    def compose(self) -> ComposeResult:
        """What the key is for, and what is wrong with the one that was pressed."""
        now = key_label(self._keys) or "no key"
        word = "Press another key for it." if self._adds else "Press its new key."
        yield DialogFrame(
            self._command.help,
            Static(f"Now {now}. {word}", id="now", markup=False),
            Static("", id="reason", markup=False),
            KeyLine([("Esc", "cancel", "escape")]),
        )

    def capture_key(self, event: events.Key) -> None:
        """Take a key, unless it has a meaning already."""
        event.stop()
        if event.key == "escape":
            self.dismiss(None)
            return
        name = configured_name(event.key, event.character)
        reason = self._reason_against(name)
        if reason:
            self.query_one("#reason", Static).update(Content(f"{key_label(name)}: {reason}"))
        else:
            self.dismiss(name)
