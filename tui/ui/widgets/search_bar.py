"""The search field of a conversation."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line
from tui.light_dataclass import dataclass
from tui.ui.ascii import is_only_ascii
from tui.ui.text_column import AIRY_LINES, text_column


class SearchBar(Vertical):
    """One line in the place of the composer. Searches as the user types; Enter goes from hit to hit."""

    DEFAULT_CSS = """
    SearchBar { height: auto; padding: 0 2; }
    SearchBar #card { height: auto; background: $you; }
    SearchBar #field { height: 1; border-left: outer $spark; padding: 0 1; }
    SearchBar .find { width: 6; color: $second; }
    SearchBar.-airy #card { border-top: block $you; border-bottom: outer $ground; }
    SearchBar.-airy #card:ansi { border-top: none; border-bottom: none; }
    SearchBar Input, SearchBar Input:focus {
        width: 1fr; height: 1; padding: 0; border: none; background: $you; background-tint: 0%;
    }
    """
    BINDINGS: ClassVar = [
        Binding("down", "go(1)", show=False),
        Binding("shift+enter,up", "go(-1)", show=False),
        Binding("escape", "close", show=False),
    ]

    @dataclass
    class QueryChanged(Message):
        """Posted when the text to search for changed."""

        text: str

    @dataclass
    class HitRequested(Message):
        """Posted when the user goes to another hit."""

        by: Literal[-1, 1]
        """1 for the next, -1 for the previous."""

    class CountChanged(Message):
        """Posted when `count` changed."""

    class Closed(Message):
        """Posted when the user closes the search."""

    def __init__(self, text_width: int) -> None:
        """Args:
        text_width: Cells of text in the conversation, whose column this shares. 0 for all there are.
        """
        super().__init__()
        self._text_width = text_width
        self.count = ""
        """How many hits there are, as shown in the key bar."""
        self._field = Input(placeholder="in this conversation", select_on_focus=False)
        self._field.cursor_blink = False

    def compose(self) -> ComposeResult:
        """A label, and the field."""
        with Vertical(id="card"), Horizontal(id="field"):
            yield Static("Find", classes="find", markup=False)
            yield self._field

    def on_resize(self, event: events.Resize) -> None:
        """Keep to the column of the conversation."""
        column = text_column(event.size.width, self._text_width)
        self.styles.padding = (0, max(0, event.size.width - column.left - column.width), 0, column.left)
        self.set_class(self.app.size.height >= AIRY_LINES and not is_only_ascii(), "-airy")

    def edit(self) -> None:
        """Give the keys to the field, with its text selected."""
        self.screen.set_focus(self._field)
        self._field.select_all()

    def show_count(self, at: int, total: int, *, is_done: bool) -> None:
        """Show how many hits there are.

        Args:
            at: The number of the current hit, from 1. 0 for none.
            total: The number of hits found so far.
            is_done: Whether the search is complete.
        """
        if not self._field.value.strip():
            text = ""
        elif total:
            text = f"{at:,} of {total:,}{'' if is_done else '…'}"
        else:
            text = "not found" if is_done else "…"
        if text != self.count:
            self.count = text
            self.post_message(self.CountChanged())

    @on(Input.Changed)
    def handle_changed(self, message: Input.Changed) -> None:
        """Search for the text as it is now."""
        message.stop()
        self.post_message(self.QueryChanged(safe_line(message.value)))

    @on(Input.Submitted)
    def handle_submitted(self, message: Input.Submitted) -> None:
        """Go to the next hit."""
        message.stop()
        self.action_go(1)

    def action_go(self, by: Literal[-1, 1]) -> None:
        """Go to the next or previous hit."""
        self.post_message(self.HitRequested(by))

    def action_close(self) -> None:
        """Close the search."""
        self.post_message(self.Closed())
