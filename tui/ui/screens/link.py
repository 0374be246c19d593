"""Shows where a link leads before it is opened."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from tui.ui.external_editor import is_web_address
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


class LinkScreen(Dialog[bool]):
    """Asks whether to open an address. Returns the decision."""

    BINDINGS: ClassVar = [
        Binding("escape,n", "answer(False)", show=False),
        Binding("enter,y", "answer(True)", show=False),
    ]
    DEFAULT_CSS = """
    LinkScreen #address { margin: 1 0; color: $accent; height: auto; }
    LinkScreen Static { height: auto; }
    """

    def __init__(self, address: str) -> None:
        """Args:
        address: The address, safe to display.
        """
        super().__init__()
        self._address = address
        self._opens = is_web_address(address)

    def compose(self) -> ComposeResult:
        """The address and the keys."""
        keys = [("Enter", "open in the browser", "enter")] if self._opens else []
        yield DialogFrame(
            "Open this link?" if self._opens else "Only web pages can be opened",
            Static(self._address, id="address", markup=False),
            KeyLine([*keys, ("Esc", "cancel" if self._opens else "close", "escape")]),
        )

    def action_answer(self, opens: bool) -> None:
        """Close with a decision."""
        self.dismiss(opens and self._opens)
