"""Conversation: a tree of messages, and the path through the tree that is shown and sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import NamedTuple

from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage, Outcome
from tui.chat.plain_title import without_marks
from tui.light_dataclass import dataclass

TITLE_LENGTH = 60
"""Maximum length of a title made from a prompt, in characters."""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as shown in lists, without its messages."""

    id: str
    title: str
    updated_at: float
    """When the last message was sent or completed, in seconds since the epoch. 0 if unknown."""

    provider: str = ""
    model: str = ""

    is_pinned: bool = False
    """Whether it is pinned to the top of the list."""

    is_unread: bool = False
    """Whether it has an answer that the user has not seen yet."""

    is_temporary: bool = False
    """Whether it is not saved."""

    outcome: Outcome = "complete"
    """The outcome of its last message."""


class FoundMessage(NamedTuple):
    """A search result."""

    conversation_id: str
    title: str
    """Title of the conversation."""

    message_id: str
    said_at: float
    """When the message was sent, in seconds since the epoch."""

    excerpt: tuple[tuple[str, bool], ...]
    """Part of the message text, in parts, each with whether it matches the search."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the message that match the search, without duplicates."""
        return tuple(dict.fromkeys(text for text, is_match in self.excerpt if is_match))


class Version(NamedTuple):
    """The position of a message among its versions."""

    number: int
    """From 1 for the oldest version."""

    of: int
    """The number of versions."""


class ToolChoice(NamedTuple):
    """Which tools the user chose for a conversation. All that is configured and not named here is on."""

    servers_off: frozenset[str] = frozenset()
    """The tool servers whose tools are off, by their names in the config."""

    tools_off: frozenset[str] = frozenset()
    """The tools that are off though their server is on, by their full names: `files.read_file`."""

    allowed: Mapping[str, str] = {}
    """The tools that run without asking, by their full names, each with its fingerprint when the user allowed it."""


ALL_TOOLS = ToolChoice()
"""Every tool is on, and none is allowed."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as an immutable tree. Edited prompts and regenerated answers become siblings; nothing is lost."""

    id: str
    title: str = ""
    created_at: float = 0.0
    """When it began, in seconds since the epoch."""

    provider: str = ""
    """The config name of its provider."""

    model: str = ""
    """The name of its model."""

    messages: Mapping[str, ChatMessage] = field(default_factory=dict)
    """Every message by id, in the order they were sent, including those that are not on the path."""

    head_id: str | None = None
    """The id of the last message on the path. None if the path is empty."""

    system_prompt: str | None = None
    """The system prompt. None uses the provider's."""

    options: Mapping[str, JSONValue] = field(default_factory=dict)
    """Options of this conversation, which override the provider's."""

    tools: ToolChoice = ALL_TOOLS
    """Which tools are on, and which run without asking."""

    @property
    def size(self) -> int:
        """The number of characters of all messages, with their thinking."""
        return sum(len(message.content) + len(message.thinking) for message in self.messages.values())

    @property
    def path(self) -> tuple[ChatMessage, ...]:
        """The messages from the first to the head, which are shown and sent."""
        backwards = []
        message_id = self.head_id
        while message_id is not None:
            message = self.messages[message_id]
            backwards.append(message)
            message_id = message.parent_id
        return tuple(reversed(backwards))

    def append(self, *messages: ChatMessage) -> Conversation:
        """The conversation with added messages, the last one as head. The first prompt gives the title."""
        title = self.title
        for message in messages:
            if not title and message.role == "user":
                title = title_from(message.content)
        added = {message.id: message for message in messages}
        return replace(self, title=title, messages={**self.messages, **added}, head_id=messages[-1].id)

    def with_message(self, message: ChatMessage) -> Conversation:
        """The conversation with a message added or replaced by its newer state. The head stays."""
        return replace(self, messages={**self.messages, message.id: message})

    def at(self, message_id: str | None) -> Conversation:
        """The conversation with another head. None makes the path empty."""
        return replace(self, head_id=message_id)

    def siblings(self, message_id: str) -> tuple[ChatMessage, ...]:
        """All versions of a message, including itself, oldest first."""
        parent_id = self.messages[message_id].parent_id
        role = self.messages[message_id].role
        return tuple(m for m in self.messages.values() if m.parent_id == parent_id and m.role == role)

    def version_beside(self, message_id: str, by: int) -> str | None:
        """The id of the next version of a message (1), or of the previous one (-1). None when there is none."""
        versions = [version.id for version in self.siblings(message_id)]
        at = versions.index(message_id) + by
        return versions[at] if 0 <= at < len(versions) else None

    @property
    def versions(self) -> Mapping[str, Version]:
        """The version of each message on the path that has more than one."""
        siblings: dict[tuple[str | None, str], list[str]] = {}
        for message in self.messages.values():
            siblings.setdefault((message.parent_id, message.role), []).append(message.id)
        found = {message.id: siblings[message.parent_id, message.role] for message in self.path}
        return {id_: Version(ids.index(id_) + 1, len(ids)) for id_, ids in found.items() if len(ids) > 1}

    def through(self, message_id: str) -> Conversation:
        """The conversation with the path through a message, down to the latest message below."""
        latest: dict[str | None, str] = {message.parent_id: message.id for message in self.messages.values()}
        while message_id in latest:
            message_id = latest[message_id]
        return self.at(message_id)

    def without(self, message_id: str) -> Conversation:
        """The conversation without a message and its descendants. The path moves to another version, if any."""
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

    def forked(self, message_id: str, title: str, new_id: Callable[[], str], now: float) -> Conversation:
        """A new conversation with copies of the messages up to a given one. What was allowed stays with this one.

        Args:
            message_id: The last message to copy.
            title: The title of the copy.
            new_id: Returns a unique id.
            now: The present time, in seconds since the epoch.
        """
        messages: dict[str, ChatMessage] = {}
        head_id = None
        for message in self.at(message_id).path:
            copy = replace(message, id=new_id(), parent_id=head_id)
            messages[copy.id], head_id = copy, copy.id
        tools = self.tools._replace(allowed={})
        return replace(self, id=new_id(), title=title, created_at=now, messages=messages, head_id=head_id, tools=tools)


def title_from(prompt: str) -> str:
    """A title from the first words of a prompt, on one line, without the marks of Markdown."""
    words = without_marks(prompt)
    if len(words) <= TITLE_LENGTH:
        return words
    cut = words[: TITLE_LENGTH - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > TITLE_LENGTH // 2 else cut) + "…"
