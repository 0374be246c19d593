"""What was deleted last, so that it can be restored."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tui.chat.conversation import Conversation


class DeletedConversation(NamedTuple):
    """A whole conversation that was deleted."""

    conversation: Conversation
    is_pinned: bool
    is_temporary: bool


class UndoBuffer:
    """Holds the last deleted conversation, and the last conversation that messages were deleted from."""

    def __init__(self) -> None:
        self._before: Conversation | None = None
        self._deleted: DeletedConversation | None = None

    def hold_messages(self, before: Conversation) -> None:
        """Hold a conversation as it was before messages of it were deleted."""
        self._before = before

    def messages_of(self, conversation_id: str) -> Conversation | None:
        """The conversation before the deletion. None if the last deletion was not in this conversation."""
        before = self._before
        return before if before is not None and before.id == conversation_id else None

    def with_messages(self, present: Conversation) -> Conversation | None:
        """A conversation with the messages that were deleted from it. None if it was not the last deletion.

        Args:
            present: The conversation. All of it but its messages may have changed since.
        """
        before = self.messages_of(present.id)
        if before is None:
            return None
        return replace(present, messages={**before.messages, **present.messages}, head_id=before.head_id)

    def messages_restored(self) -> None:
        """The messages are restored, so nothing is left to undo."""
        self._before = None

    def hold_conversation(self, deleted: DeletedConversation) -> None:
        """Hold a conversation that was deleted."""
        self._deleted = deleted

    def take_conversation(self) -> DeletedConversation | None:
        """Pop the conversation that was deleted last. None if no deletion can be undone."""
        deleted, self._deleted = self._deleted, None
        return deleted
