"""Reads the saved conversations: lists, search, earlier prompts, drafts. Writing is the workspace's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.chat.conversation import Conversation, ConversationSummary, FoundMessage
from tui.chat.titles import fork_title, without_fork
from tui.runtime import Runtime
from tui.workspace.target import Target

if TYPE_CHECKING:
    from tui.chat.usage import UsageReport

MAX_LISTED: Final = 200
"""Conversations in a list."""

MAX_FOUND: Final = 100
"""Messages that a search returns."""

_MAX_SCANNED: Final = 1_000
"""Messages among which a search looks for the latest one of each conversation."""

MAX_RECALLED: Final = 200
"""Earlier prompts that can be recalled."""

TAIL_LENGTH: Final = 50
"""Messages of a conversation that are shown while the rest is loaded."""


class Library:
    """The saved conversations, read only."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: Has the store.
        """
        self._runtime = runtime

    async def summaries(self, title: str = "") -> tuple[ConversationSummary, ...]:
        """Conversations, pinned ones first, then the latest.

        Args:
            title: What their title has to contain. Empty for all.

        Raises:
            StoreError: When they cannot be read.
        """
        found = await self._runtime.conversations.call(
            lambda store: store.titled(title, MAX_LISTED) if title else (*store.pinned(), *store.recent(MAX_LISTED))
        )
        # A pinned conversation may be a recent one too.
        return tuple({summary.id: summary for summary in found}.values())

    async def search(self, words: str) -> tuple[FoundMessage, ...]:
        """Messages that contain all of some words, the latest first."""
        return await self._runtime.conversations.call(lambda store: store.search(words, MAX_FOUND))

    async def search_conversations(self, words: str) -> tuple[FoundMessage, ...]:
        """The latest message of each conversation that contains all of some words, the latest first.

        Raises:
            StoreError: When they cannot be read.
        """
        return await self._runtime.conversations.call(
            lambda store: store.search_conversations(words, _MAX_SCANNED, MAX_LISTED)
        )

    async def earlier_prompts(self) -> tuple[str, ...]:
        """The prompts that were sent before, the latest first."""
        return tuple(await self._runtime.conversations.call(lambda store: store.last_prompts(MAX_RECALLED)))

    async def fork_title(self, title: str) -> str:
        """A title for a fork of a conversation, which no other fork has."""
        others = await self.summaries(f"{without_fork(title)} (fork")
        return fork_title(title, {title, *(other.title for other in others)})

    async def latest_id(self) -> str | None:
        """The id of the conversation that was active last. None if no conversation is saved."""
        found = await self._runtime.conversations.call(lambda store: store.recent(1))
        return found[0].id if found else None

    async def tail(self, conversation_id: str, count: int = TAIL_LENGTH) -> Conversation:
        """The last messages of a conversation, to be shown at once."""
        return await self._runtime.conversations.call(lambda store: store.load_tail(conversation_id, count))

    async def load(self, conversation_id: str) -> Conversation:
        """A whole conversation."""
        return await self._runtime.conversations.call(lambda store: store.load(conversation_id))

    async def draft(self, key: str) -> str:
        """The unsent text of a conversation.

        Args:
            key: The id of the conversation; empty for one without messages.
        """
        return await self._runtime.conversations.call(lambda store: store.draft(key))

    async def favourite_models(self) -> tuple[Target, ...]:
        """The models that the user marked as favourites, in the order in which they were marked."""
        return tuple(Target(*key) for key in await self._runtime.conversations.call(lambda store: store.favourites()))

    async def recent_models(self, limit: int) -> tuple[Target, ...]:
        """The models that conversations used, the latest first."""
        found = await self._runtime.conversations.call(lambda store: store.recent_models(limit))
        return tuple(Target(*key) for key in found)

    async def usage(self) -> UsageReport:
        """Tokens and speed of all saved answers.

        Raises:
            StoreError: When they cannot be read.
        """
        return await self._runtime.conversations.call(lambda store: store.usage())

    async def is_pinned(self, conversation_id: str) -> bool:
        """Whether a conversation is pinned."""
        pinned = await self._runtime.conversations.call(lambda store: store.pinned())
        return any(summary.id == conversation_id for summary in pinned)
