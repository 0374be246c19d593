"""The search field of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from tui.chat.safe_text import safe_line


class SearchBar(Input):
    """One line. Searches as the user types; Enter goes from hit to hit."""

    DEFAULT_CSS = """
    SearchBar, SearchBar:focus {
        width: 1fr; height: 3; padding: 0 1; background: $ground; background-tint: 0%;
        border: round $edge; border-title-color: $warning; border-subtitle-color: $dim;
    }
    """
    BINDINGS: ClassVar = [
        Binding("enter,down", "go(1)", show=False),
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
        super().__init__(placeholder="Find in this conversation", **arguments)
        self.border_title = "Find"
        self.show_count(0, 0, is_done=True)

    def show_count(self, at: int, total: int, *, is_done: bool) -> None:
        """Show how many hits there are.

        Args:
            at: The number of the current hit, from 1. 0 for none.
            total: The number of hits found so far.
            is_done: Whether the search is complete.
        """
        if not self.value.strip():
            found = ""
        elif total:
            found = f"{at:,} of {total:,}{'' if is_done else '…'} · "
        else:
            found = "not found · " if is_done else "… · "
        self.border_subtitle = f"{found}↓ ↑ next, previous · Esc close"

    @on(Input.Changed)
    def handle_changed(self, message: Input.Changed) -> None:
        """Search for the text as it is now."""
        message.stop()
        self.post_message(self.QueryChanged(safe_line(message.value)))

    def action_go(self, by: Literal[-1, 1]) -> None:
        """Go to the next or previous hit."""
        self.post_message(self.HitRequested(by))

    def action_close(self) -> None:
        """Close the search."""
        self.post_message(self.Closed())
