"""Shows where a link leads before it is opened."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from tui.ui.external_editor import is_web_address
from tui.ui.screens.dialog import Dialog


class LinkScreen(Dialog[bool]):
    """Asks whether to open an address. Returns the decision."""

    BINDINGS: ClassVar = [
        Binding("escape,n", "answer(False)", show=False),
        Binding("enter,y", "answer(True)", show=False),
    ]
    DEFAULT_CSS = """
    LinkScreen { align: center middle; }
    LinkScreen > Vertical {
        width: 80%; max-width: 100; height: auto; background: $surface; border: round $primary; padding: 1 2;
    }
    LinkScreen Static { height: auto; }
    LinkScreen #address { margin: 1 0; color: $text-primary; }
    LinkScreen #hint { color: $text-muted; }
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
        with Vertical():
            yield Static("This link leads to", markup=False)
            yield Static(self._address, id="address", markup=False)
            hint = (
                "Enter open in the browser · Esc cancel" if self._opens else "Only web pages can be opened · Esc close"
            )
            yield Static(hint, id="hint", markup=False)

    def action_answer(self, opens: bool) -> None:
        """Close with a decision."""
        self.dismiss(opens and self._opens)
