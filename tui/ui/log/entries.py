"""The entries of the message log, by the kind of message."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.chat.message import ChatMessage
from tui.ui.log.answer_entry import COMMAND_LINK, AnswerEntry
from tui.ui.log.entry import Entry
from tui.ui.log.prompt_entry import PromptEntry
from tui.ui.markdown.lines import Line

__all__ = ["COMMAND_LINK", "AnswerEntry", "Entry", "PromptEntry", "WelcomeEntry", "entry_for"]


class WelcomeEntry(Entry):
    """The welcome text of an empty conversation."""

    def __init__(self, lines: Callable[[int], list[Line]]) -> None:
        """Args:
        lines: Makes the lines for a width.
        """
        super().__init__(ChatMessage("welcome", "system", ""))
        self._make_lines = lines

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        return [self._make_lines(width)]


def entry_for(message: ChatMessage) -> Entry:
    """The entry that shows a message."""
    return AnswerEntry(message) if message.role == "assistant" else PromptEntry(message)
