"""Deletes messages and conversations, and restores what was deleted last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.runtime import DEMO
from tui.workspace.archive import Archive
from tui.workspace.conversation_editor import ConversationEditor
from tui.workspace.conversation_factory import ConversationFactory
from tui.workspace.events import Events, ListChanged, PromptReturned
from tui.workspace.keys import Keys
from tui.workspace.library import Library
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.open_conversations import OpenConversations
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.turns import Turns
from tui.workspace.undo import DeletedConversation, UndoBuffer


class Deletions:
    """Owns what can be undone: the last deleted conversation, and the last deleted messages."""

    def __init__(
        self,
        open_conversations: OpenConversations,
        archive: Archive,
        library: Library,
        directory: ProviderDirectory,
        factory: ConversationFactory,
        editor: ConversationEditor,
        turns: Turns,
        events: Events,
        keys: Keys,
        activate: Callable[[Awaitable[OpenConversation]], Awaitable[None]],
    ) -> None:
        """Args:
        open_conversations: Those that must not be saved again by a turn that ends.
        archive: Has the saved conversations.
        library: Reads what is deleted.
        directory: Knows the providers' names.
        factory: Makes the conversation that replaces a deleted one.
        editor: Shows other messages of the current conversation.
        turns: Stopped in a conversation that is deleted.
        events: Told what happened.
        keys: Names the keys in messages.
        activate: Makes a conversation, and makes it the current one.
        """
        self._open = open_conversations
        self._archive = archive
        self._library = library
        self._directory = directory
        self._factory = factory
        self._editor = editor
        self._turns = turns
        self._events = events
        self._keys = keys
        self._activate = activate
        self._undo = UndoBuffer()

    # Messages of the current conversation.

    async def delete_message(self, message_id: str) -> None:
        """Delete a message and everything after it. Can be undone until something else is deleted."""
        if (current := self._turns.idle_current()) is None:
            return
        before = current.session.conversation
        left = before.without(message_id)
        gone = [id_ for id_ in before.messages if id_ not in left.messages]
        await self._archive.delete_messages(left, gone)
        self._undo.hold_messages(before)
        self._editor.show_path(current, left)
        count = "a message" if len(gone) == 1 else f"{len(gone)} messages"
        self._events.notify(f"Deleted {count}. {self._keys.press('undelete')} in the conversation to undo.")

    @property
    def has_deleted_messages(self) -> bool:
        """Whether messages of the current conversation were deleted last."""
        current = self._open.current
        return current is not None and self._undo.messages_of(current.id) is not None

    async def undo_delete_message(self) -> None:
        """Restore the messages that were deleted last."""
        if (current := self._turns.idle_current()) is None:
            return
        if (whole := self._undo.with_messages(current.session.conversation)) is None:
            self._events.notify("Nothing to undo.")
            return
        await self._archive.add(whole)
        self._undo.messages_restored()
        self._editor.show_path(current, whole)

    # Whole conversations.

    async def delete(self, conversation_id: str) -> None:
        """Delete a conversation. Can be undone until another one is deleted."""
        open_ = self._open.find(conversation_id)
        if open_ is not None:
            # Otherwise the ending turn would save it again.
            open_.queue.clear()
            await self._turns.stop_and_wait(open_)
        if open_ is not None and open_.is_temporary:
            deleted = DeletedConversation(open_.session.conversation, is_pinned=False, is_temporary=True)
        else:
            conversation = await self._library.load(conversation_id)
            is_pinned = await self._library.is_pinned(conversation_id)
            await self._archive.delete(conversation_id)
            deleted = DeletedConversation(conversation, is_pinned, is_temporary=False)
        self._undo.hold_conversation(deleted)
        if open_ is not None and open_ is self._open.current:
            # The unsent text outlives the conversation.
            await self._activate(self._factory.create_like(open_, is_temporary=False))
            self._archive.post_draft(conversation_id, "")
            if open_.draft:
                self._events.emit(PromptReturned(open_.draft))
        self._open.drop(conversation_id)
        title = deleted.conversation.title or "a conversation"
        self._events.emit(ListChanged())
        self._events.notify(f"Deleted {title!r}. {self._keys.press('undelete_conversation')} to undo.")

    async def undo_delete(self) -> None:
        """Restore the conversation that was deleted last."""
        if (deleted := self._undo.take_conversation()) is None:
            self._events.notify("Nothing to undo.")
            return
        conversation = deleted.conversation
        if deleted.is_temporary:
            name = conversation.provider if conversation.provider in self._directory.names else DEMO
            await self._activate(self._factory.create(name, conversation=conversation, is_temporary=True))
        else:
            await self._archive.add(conversation)
            await self._archive.set_pinned(conversation.id, pinned=deleted.is_pinned)
        self._events.emit(ListChanged(restored=conversation.id))
        self._events.notify(f"Restored {conversation.title or 'a conversation'!r}.")
