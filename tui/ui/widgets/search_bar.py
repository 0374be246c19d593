"""The search field of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line


class SearchBar(Horizontal):
    """One line. Searches as the user types; Enter goes from hit to hit."""

    DEFAULT_CSS = """
    SearchBar { height: 1; background: $you; padding: 0 2; }
    SearchBar > .find { width: 8; color: $user; text-style: bold; }
    SearchBar > Input, SearchBar > Input:focus {
        width: 1fr; height: 1; padding: 0; border: none; background: $you; background-tint: 0%;
    }
    SearchBar > #count { width: auto; color: $second; }
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

    class Closed(Message):
        """Posted when the user closes the search."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._field = Input(placeholder="in this conversation", select_on_focus=False)
        self._field.cursor_blink = False
        self._count = Static("", id="count", markup=False)

    def compose(self) -> ComposeResult:
        """A label, the field, and how many hits there are."""
        yield Static("Find  ", classes="find", markup=False)
        yield self._field
        yield self._count

    @property
    def count(self) -> str:
        """How many hits there are, as shown."""
        return str(self._count.content)

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
        self._count.update(text)

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
