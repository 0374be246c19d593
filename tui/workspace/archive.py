"""Writes the saved conversations. Only the workspace and its parts have one; everything else reads, through `Library`.

Methods that start with `post` return at once: the store reports by itself what it could not save. The others wait.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.chat.chunk import JSONValue
from tui.chat.conversation import Conversation, ToolChoice
from tui.runtime import Runtime
from tui.workspace.target import Target

if TYPE_CHECKING:
    from tui.session.recorder import Recorder
    from tui.store.conversations import ConversationStore
    from tui.store.importer import ImportSummary


class Archive:
    """The saved conversations, to be changed."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: Has the store.
        """
        self._runtime = runtime

    @property
    def recorder(self) -> Recorder:
        """Saves the turns of a session."""
        return self._runtime.conversations

    def post_draft(self, key: str, text: str) -> None:
        """Save unsent text under a key; empty text deletes it."""
        self._runtime.conversations.post(lambda store: store.set_draft(key, text))

    def post_draft_addition(self, key: str, text: str) -> None:
        """Add unsent text to the saved draft, below it."""

        def add(store: ConversationStore) -> None:
            store.set_draft(key, "\n".join(filter(None, [store.draft(key), text])))

        self._runtime.conversations.post(add)

    def post_unread(self, conversation_id: str, *, unread: bool) -> None:
        """Save whether a conversation has an answer that the user has not seen."""
        self._runtime.conversations.post(lambda store: store.set_unread(conversation_id, unread=unread))

    def post_head(self, conversation: Conversation) -> None:
        """Save which path of a conversation is in use."""
        key, head = conversation.id, conversation.head_id
        self._runtime.conversations.post(lambda store: store.set_head(key, head))

    def post_head_and_model(self, conversation: Conversation) -> None:
        """Save on which path, and with which provider and model a conversation goes on."""
        self.post_head(conversation)
        key, provider, model = conversation.id, conversation.provider, conversation.model
        self._runtime.conversations.post(lambda store: store.set_model(key, provider, model))

    def post_settings(self, conversation_id: str, system_prompt: str | None, options: Mapping[str, JSONValue]) -> None:
        """Save a conversation's own system prompt and options."""
        self._runtime.conversations.post(
            lambda store: store.set_conversation_settings(conversation_id, system_prompt, options)
        )

    def post_tools(self, conversation_id: str, tools: ToolChoice) -> None:
        """Save which tools are on in a conversation, and which run without asking."""
        self._runtime.conversations.post(lambda store: store.set_tools(conversation_id, tools))

    def post_allowed_tool(self, name: str, fingerprint: str) -> None:
        """Save how a tool server describes a tool that the config allows."""
        self._runtime.conversations.post(lambda store: store.set_allowed_tool(name, fingerprint))

    async def allowed_tools(self) -> dict[str, str]:
        """The fingerprints of tools that the config allows, by their full names, as far as they were called before.

        Raises:
            StoreError: When they cannot be read.
        """
        return await self._runtime.conversations.call(lambda store: store.allowed_tools())

    def post_favourite(self, target: Target, *, favourite: bool) -> None:
        """Save whether a model is a favourite."""
        provider, model = target
        self._runtime.conversations.post(lambda store: store.set_favourite(provider, model, favourite=favourite))

    async def add(self, conversation: Conversation) -> None:
        """Save a conversation with all its messages."""
        await self._runtime.conversations.call(lambda store: store.add(conversation))

    async def delete_messages(self, left: Conversation, gone: Collection[str]) -> None:
        """Delete messages.

        Args:
            left: The conversation without them.
            gone: Their ids.
        """
        await self._runtime.conversations.call(lambda store: store.delete_messages(left, gone))

    async def delete(self, conversation_id: str) -> None:
        """Delete a conversation."""
        await self._runtime.conversations.call(lambda store: store.delete(conversation_id))

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        await self._runtime.conversations.call(lambda store: store.rename(conversation_id, title))

    async def rename_if(self, conversation_id: str, old_title: str, title: str) -> None:
        """Give a conversation another title unless it was renamed meanwhile, perhaps in another window."""

        def rename(store: ConversationStore) -> None:
            if store.load_tail(conversation_id, 1).title == old_title:
                store.rename(conversation_id, title)

        await self._runtime.conversations.call(rename)

    async def set_pinned(self, conversation_id: str, *, pinned: bool) -> None:
        """Pin a conversation to the top of the list, or unpin it."""
        await self._runtime.conversations.call(lambda store: store.set_pinned(conversation_id, pinned=pinned))

    async def import_conversations(self, conversations: Sequence[Conversation]) -> ImportSummary:
        """Save imported conversations. Nothing that is saved already is overwritten."""
        from tui.store.importer import ImportSummary, import_conversations

        summary = ImportSummary()
        for conversation in conversations:
            # One at a time: running answers are saved in between.
            summary += await self._runtime.conversations.call(import_conversations, [conversation])
        return summary
