"""A link, shown whole before it is opened."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.external_editor import is_web_address


class LinkScreen(ModalScreen[bool]):
    """Asks whether to open an address. True when the user says so."""

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
        address: Where the link leads, safe to show.
        """
        super().__init__()
        self._address = address
        self._opens = is_web_address(address)

    def compose(self) -> ComposeResult:
        """The address, and what can be done."""
        with Vertical():
            yield Static("This link leads to", markup=False)
            yield Static(self._address, id="address", markup=False)
            words = "Enter opens it in the browser · Esc does not" if self._opens else "Only web pages are opened · Esc"
            yield Static(words, id="hint", markup=False)

    def action_answer(self, opens: bool) -> None:
        """Close with an answer."""
        self.dismiss(opens and self._opens)
