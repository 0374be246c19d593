"""The entries of the message log, by the kind of message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tui.chat.chunk import ToolCall
from tui.chat.message import ChatMessage
from tui.ui.log.answer_entry import COMMAND_LINK, AnswerEntry
from tui.ui.log.entry import Entry
from tui.ui.log.prompt_entry import PromptEntry
from tui.ui.log.tool_entry import ToolEntry
from tui.ui.markdown.lines import Line

__all__ = [
    "COMMAND_LINK",
    "AnswerEntry",
    "Entry",
    "PromptEntry",
    "ToolEntry",
    "WelcomeEntry",
    "connect_call",
    "entries_for",
    "entry_for",
]


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


def entry_for(message: ChatMessage, call: ToolCall | None = None) -> Entry:
    """The entry that shows a message.

    Args:
        message: The message.
        call: The call that a message of role `tool` has the result of. None if it is not known.
    """
    if message.role == "tool":
        return ToolEntry(message, call)
    return AnswerEntry(message) if message.role == "assistant" else PromptEntry(message)


def entries_for(messages: Iterable[ChatMessage]) -> list[Entry]:
    """The entries of messages in their order. Calls are shown with their results, and not in the answers above."""
    entries: list[Entry] = []
    for message in messages:
        entry = entry_for(message)
        if isinstance(entry, ToolEntry):
            connect_call(entry, entries)
        entries.append(entry)
    return entries


def connect_call(entry: ToolEntry, above: Sequence[Entry]) -> None:
    """Show a call in the entry of its result, and no longer in that of the answer.

    Args:
        entry: The entry of the result.
        above: The entries before it.
    """
    tool = entry.message.tool
    if above and isinstance(above[-1], ToolEntry):
        above[-1].is_followed = True
        above[-1].changed()
    for before in reversed(above):
        if isinstance(before, AnswerEntry):
            if tool is not None:
                entry.call = before.hide_call(tool.call_id)
            return
        if not isinstance(before, ToolEntry):
            return
