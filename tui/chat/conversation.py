"""Conversation: a tree of messages, and the path through it that is shown and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tui.chat.message import ChatMessage

TITLE_LENGTH = 60
"""Characters of the first prompt that make a title."""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as a list shows it, without its messages."""

    id: str
    title: str
    updated_at: float
    """When something was last said, in seconds since the epoch."""

    provider: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages, kept. Editing makes a sibling and a regenerated answer too, so nothing is ever overwritten."""

    id: str
    title: str = ""
    created_at: float = 0.0
    """Seconds since the epoch."""

    provider: str = ""
    """The provider that it is held with, by its name in the config."""

    model: str = ""
    """The model that it is held with."""

    messages: Mapping[str, ChatMessage] = field(default_factory=dict)
    """Every message by its id, those off the path too, in the order in which they were said."""

    head_id: str | None = None
    """The last message of the path. None while nothing has been said."""

    @property
    def path(self) -> tuple[ChatMessage, ...]:
        """The messages from the first to the head: what is shown, and what is sent."""
        backwards = []
        message_id = self.head_id
        while message_id is not None:
            message = self.messages[message_id]
            backwards.append(message)
            message_id = message.parent_id
        return tuple(reversed(backwards))

    def append(self, *messages: ChatMessage) -> Conversation:
        """The conversation with messages added, the last of them as its head. Titled by the first prompt."""
        title = self.title
        for message in messages:
            if not title and message.role == "user":
                title = title_from(message.content)
        added = {message.id: message for message in messages}
        return replace(self, title=title, messages={**self.messages, **added}, head_id=messages[-1].id)

    def with_message(self, message: ChatMessage) -> Conversation:
        """The conversation with one of its messages in a newer state. The path stays."""
        return replace(self, messages={**self.messages, message.id: message})

    def at(self, message_id: str | None) -> Conversation:
        """The conversation with another head: the path ends there. None is before everything."""
        return replace(self, head_id=message_id)

    def siblings(self, message_id: str) -> tuple[ChatMessage, ...]:
        """The versions of a message, itself among them, oldest first."""
        parent_id = self.messages[message_id].parent_id
        role = self.messages[message_id].role
        return tuple(m for m in self.messages.values() if m.parent_id == parent_id and m.role == role)


def title_from(prompt: str) -> str:
    """A title made of a prompt: its first words, on one line."""
    words = " ".join(prompt.split())
    if len(words) <= TITLE_LENGTH:
        return words
    cut = words[: TITLE_LENGTH - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > TITLE_LENGTH // 2 else cut) + "…"
