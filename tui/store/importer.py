"""Imported conversations → the store. What is there is never overwritten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tui.chat.conversation import Conversation
from tui.chat.export import as_json
from tui.errors import StoreError
from tui.store.conversations import ConversationStore


@dataclass(slots=True)
class ImportSummary:
    """What became of some conversations."""

    new: int = 0
    there: int = 0
    """Those that were there already, with everything in them."""

    beside: int = 0
    """Those of which another version was there: they stand beside it."""

    def __add__(self, other: ImportSummary) -> ImportSummary:
        """Both together."""
        return ImportSummary(self.new + other.new, self.there + other.there, self.beside + other.beside)

    @property
    def words(self) -> str:
        """It, in words."""
        parts = [_counted(self.new + self.beside, "taken in")]
        if self.beside:
            parts.append(f"{self.beside} of them beside another version")
        if self.there:
            parts.append(f"{self.there} there already")
        return ", ".join(parts)


def import_conversations(store: ConversationStore, conversations: Iterable[Conversation]) -> ImportSummary:
    """Keep conversations, each unless it is there.

    Raises:
        StoreError: When one cannot be kept; those before it are.
    """
    taken = ImportSummary()
    for conversation in conversations:
        if _is_there(store, conversation):
            taken.there += 1
        elif not store.has_any_of(conversation.id, conversation.messages):
            store.add(conversation)
            taken.new += 1
        elif _is_there(store, other := _renumbered(conversation)):
            taken.there += 1
        else:
            store.add(other)
            taken.beside += 1
    return taken


def _counted(count: int, what: str) -> str:
    return f"{count} conversation{'' if count == 1 else 's'} {what}"


def _is_there(store: ConversationStore, conversation: Conversation) -> bool:
    """Whether a conversation is kept with everything that was said in it, whatever was added since."""
    try:
        kept = store.load(conversation.id)
    except StoreError:
        return False
    said, known = _said(conversation), _said(kept)
    return all(known.get(id_) == text for id_, text in said.items())


def _said(conversation: Conversation) -> dict[str, str]:
    # Compared as they would be written: what cannot be stored as it is has been changed by then on both sides.
    messages = as_json(conversation)["messages"]
    assert isinstance(messages, list)
    return {message["id"]: json.dumps(message, sort_keys=True) for message in messages}


def _renumbered(conversation: Conversation) -> Conversation:
    """The conversation with other ids, which come of what is said in it: the same again gives the same."""
    seed = json.dumps(as_json(conversation), sort_keys=True).encode()
    digest = hashlib.sha256(seed).hexdigest()

    def other(id_: str | None) -> str | None:
        return None if id_ is None else hashlib.sha256(f"{digest}{id_}".encode()).hexdigest()[:24]

    messages = {
        str(other(id_)): replace(message, id=str(other(id_)), parent_id=other(message.parent_id))
        for id_, message in conversation.messages.items()
    }
    return replace(conversation, id=str(other(conversation.id)), messages=messages, head_id=other(conversation.head_id))
