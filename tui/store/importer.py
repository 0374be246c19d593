"""Imports conversations into the store, without overwriting any."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from tui.chat.conversation import Conversation
from tui.chat.export import as_json
from tui.errors import StoreError
from tui.light_dataclass import dataclass
from tui.store.conversations import ConversationStore


@dataclass(slots=True)
class ImportSummary:
    """How many conversations an import added."""

    added: int = 0
    """Conversations that were new."""

    added_as_copy: int = 0
    """Conversations whose id was taken by a different version, so they were saved under a new id."""

    unchanged: int = 0
    """Conversations that were already present, with every message."""

    def __add__(self, other: ImportSummary) -> ImportSummary:
        """The summary of two imports."""
        return ImportSummary(
            self.added + other.added, self.added_as_copy + other.added_as_copy, self.unchanged + other.unchanged
        )

    @property
    def count(self) -> int:
        """How many conversations were read."""
        return self.added + self.added_as_copy + self.unchanged

    @property
    def description(self) -> str:
        """The summary as text: `3 imported, 1 saved as a copy, 1 already present`."""
        parts = [f"{self.added + self.added_as_copy} imported"]
        if self.added_as_copy:
            parts.append(f"{self.added_as_copy} saved as a copy")
        if self.unchanged:
            parts.append(f"{self.unchanged} already present")
        return ", ".join(parts)


def import_conversations(store: ConversationStore, conversations: Iterable[Conversation]) -> ImportSummary:
    """Add the conversations that the store does not have yet.

    Raises:
        StoreError: If one cannot be saved. Those before it are.
    """
    summary = ImportSummary()
    for conversation in conversations:
        if _is_present(store, conversation):
            summary.unchanged += 1
        elif not store.has_any_of(conversation.id, conversation.messages):
            store.add(conversation)
            summary.added += 1
        elif _is_present(store, copy := _with_new_ids(conversation)):
            summary.unchanged += 1
        else:
            store.add(copy)
            summary.added_as_copy += 1
    return summary


def _is_present(store: ConversationStore, conversation: Conversation) -> bool:
    """Whether the store has a conversation with every one of its messages; it may have more."""
    try:
        saved = store.load(conversation.id)
    except StoreError:
        return False
    saved_messages = _messages_as_text(saved)
    return all(saved_messages.get(id_) == text for id_, text in _messages_as_text(conversation).items())


def _messages_as_text(conversation: Conversation) -> dict[str, str]:
    # Compared as exported JSON: text that cannot be stored exactly has been changed in both by then. Without times:
    # those of an export without any are the time of the import.
    messages = as_json(conversation)["messages"]
    assert isinstance(messages, list)
    return {message["id"]: json.dumps({**message, "created_at": 0}, sort_keys=True) for message in messages}


def _with_new_ids(conversation: Conversation) -> Conversation:
    """The conversation with ids derived from its content, so that importing it again gives the same ids."""
    content = json.dumps(as_json(conversation), sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()

    def new_id(id_: str | None) -> str | None:
        return None if id_ is None else hashlib.sha256(f"{digest}{id_}".encode()).hexdigest()[:24]

    messages = {
        str(new_id(id_)): replace(message, id=str(new_id(id_)), parent_id=new_id(message.parent_id))
        for id_, message in conversation.messages.items()
    }
    head_id = new_id(conversation.head_id)
    return replace(conversation, id=str(new_id(conversation.id)), messages=messages, head_id=head_id)
