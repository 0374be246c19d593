"""Where the user writes what to look for in the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from tui.chat.safe_text import safe_line


class SearchBar(Input):
    """One line. What is written is looked for at once; Enter goes from hit to hit."""

    DEFAULT_CSS = """
    SearchBar, SearchBar:focus {
        width: 1fr; height: 3; padding: 0 1; background: $background; background-tint: 0%;
        border: round $warning; border-title-color: $text-warning; border-subtitle-color: $text-muted;
    }
    """
    BINDINGS: ClassVar = [
        Binding("enter,down", "go(1)", show=False),
        Binding("shift+enter,up", "go(-1)", show=False),
        Binding("escape", "close", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """Posted when something else is to be looked for."""

        text: str

    @dataclass
    class Stepped(Message):
        """Posted when the user goes to another hit."""

        by: Literal[-1, 1]

    class Closed(Message):
        """Posted when the user has found it, or has had enough."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(placeholder="Find in this conversation", **arguments)
        self.border_title = "Find"
        self.show_count(0, 0, is_done=True)

    def show_count(self, at: int, total: int, *, is_done: bool) -> None:
        """Say how many hits there are.

        Args:
            at: Which of them the reader is at, from 1. 0 for none.
            total: All of them, as far as is known.
            is_done: Whether that is all.
        """
        if not self.value.strip():
            found = ""
        elif total:
            found = f"{at:,} of {total:,}{'' if is_done else '…'} · "
        else:
            found = "not found · " if is_done else "… · "
        self.border_subtitle = f"{found}↓ ↑ next, before · Esc closes"

    @on(Input.Changed)
    def look_for_it(self, message: Input.Changed) -> None:
        """Look for what is written now."""
        message.stop()
        self.post_message(self.Wanted(safe_line(message.value)))

    def action_go(self, by: Literal[-1, 1]) -> None:
        """Go to the next hit, or the one before."""
        self.post_message(self.Stepped(by))

    def action_close(self) -> None:
        """End the search."""
        self.post_message(self.Closed())
