"""Unsent text of the prompt box, one draft per conversation."""

from __future__ import annotations

from tui.store.database import Database
from tui.store.fields import storable, text_in


def save_draft(database: Database, conversation_id: str, text: str) -> None:
    """Save the draft of a conversation, replacing an earlier one.

    Args:
        database: The database.
        conversation_id: The conversation. Empty for a conversation that has no messages yet.
        text: The draft. Empty deletes the saved one.
    """
    if text:
        database.change(
            "INSERT INTO drafts (text, conversation_id) VALUES (?, ?) "
            "ON CONFLICT (conversation_id) DO UPDATE SET text = excluded.text",
            storable(text),
            conversation_id,
        )
    else:
        database.change("DELETE FROM drafts WHERE conversation_id = ?", conversation_id)


def load_draft(database: Database, conversation_id: str) -> str:
    """The draft of a conversation; empty if it has none. See `save_draft`."""
    row = database.query_one("SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id,))
    return "" if row is None else text_in(row, "text")
