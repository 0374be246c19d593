"""Conversation: a tree of messages, and the path through it that is shown and sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage, Outcome

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

    is_pinned: bool = False
    """Whether it stays at the top of the list."""

    is_unread: bool = False
    """Whether an answer has ended in it that the user has not seen yet."""

    outcome: Outcome = "complete"
    """How its last message ended."""


class FoundMessage(NamedTuple):
    """A message in which words were found."""

    conversation_id: str
    title: str
    """Its conversation's."""

    message_id: str
    said_at: float
    """Seconds since the epoch."""

    excerpt: tuple[tuple[str, bool], ...]
    """Some of its text: pieces, and whether each is what was looked for."""


class Version(NamedTuple):
    """Which of its versions a message is."""

    number: int
    """From 1, the oldest."""

    of: int
    """How many there are."""


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

    system_prompt: str | None = None
    """What the model is told before everything else. None for the provider's own."""

    options: Mapping[str, JSONValue] = field(default_factory=dict)
    """Options of this conversation alone, which go before the provider's."""

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

    @property
    def versions(self) -> Mapping[str, Version]:
        """Which of its versions each message of the path is, for those that have several."""
        siblings: dict[tuple[str | None, str], list[str]] = {}
        for message in self.messages.values():
            siblings.setdefault((message.parent_id, message.role), []).append(message.id)
        found = {message.id: siblings[message.parent_id, message.role] for message in self.path}
        return {id_: Version(ids.index(id_) + 1, len(ids)) for id_, ids in found.items() if len(ids) > 1}

    def through(self, message_id: str) -> Conversation:
        """The conversation on the path through a message, down to what was said last after it."""
        latest: dict[str | None, str] = {message.parent_id: message.id for message in self.messages.values()}
        while message_id in latest:
            message_id = latest[message_id]
        return self.at(message_id)

    def without(self, message_id: str) -> Conversation:
        """The conversation without a message and all that followed it. The path goes on in another version, or ends."""
        gone = {message_id}
        for message in self.messages.values():
            if message.parent_id in gone:
                gone.add(message.id)
        left = {id_: message for id_, message in self.messages.items() if id_ not in gone}
        rest = replace(self, messages=left)
        if self.head_id not in gone:
            return rest
        others = [message.id for message in self.siblings(message_id) if message.id in left]
        return rest.through(others[-1]) if others else rest.at(self.messages[message_id].parent_id)

    def forked(self, message_id: str, new_id: Callable[[], str], now: float) -> Conversation:
        """A conversation of its own that begins as this one did, up to a message.

        Args:
            message_id: The last message that both have.
            new_id: Makes an id that nothing else has.
            now: When that happens, in seconds since the epoch.
        """
        fork = replace(self, id=new_id(), created_at=now, messages={}, head_id=None)
        for message in self.at(message_id).path:
            fork = fork.append(replace(message, id=new_id(), parent_id=fork.head_id))
        return fork


def title_from(prompt: str) -> str:
    """A title made of a prompt: its first words, on one line."""
    words = " ".join(prompt.split())
    if len(words) <= TITLE_LENGTH:
        return words
    cut = words[: TITLE_LENGTH - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > TITLE_LENGTH // 2 else cut) + "…"
