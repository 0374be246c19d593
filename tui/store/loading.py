"""Conversations read from the database."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage, Failure
from tui.errors import StoreError
from tui.store.database import Database
from tui.store.fields import optional_text_in, text_in, time_in
from tui.store.instances import Instance
from tui.store.rows import messages_of, options_from_json, tools_from_json

INTERRUPTED: Final = Failure(
    kind="interrupted",
    message="llm-tui ended before this answer was complete.",
    hint="The partial answer was saved.",
)
"""The failure of an answer whose instance was killed."""

CALL_INTERRUPTED: Final = Failure(
    kind="interrupted",
    message="llm-tui ended before this call had a result.",
    hint="If it was allowed, it may have had an effect.",
)
"""The failure of a tool call whose instance was killed."""


def load_conversation(
    database: Database, instance: Instance, conversation_id: str, last: int | None = None
) -> Conversation:
    """A conversation with its messages.

    An answer that was streaming in an instance that is no longer alive has failed, as `INTERRUPTED`.

    Args:
        database: The database.
        instance: This instance, which knows which others are alive.
        conversation_id: The conversation.
        last: How many messages to read, counted from the end of the path. None reads all, other branches too.

    Raises:
        StoreError: If the conversation does not exist.
    """
    # Checked before the messages are read: an instance that ends in between has saved its complete answer.
    dead_writers = _dead_writers(database, instance, conversation_id)
    with database.transaction("DEFERRED"):
        header = database.query_one("SELECT * FROM conversations WHERE id = ?", (conversation_id,))
        if header is None:
            raise StoreError("The conversation no longer exists.", hint="Another instance may have deleted it.")
        stored = messages_of(database.connection, conversation_id, last)
    messages = {
        message.id: _interrupted(message) if message.outcome == "streaming" and writer in dead_writers else message
        for message, writer in stored
    }
    head_id = optional_text_in(header, "head_id")
    return Conversation(
        id=text_in(header, "id"),
        title=text_in(header, "title"),
        created_at=time_in(header, "created_at"),
        provider=text_in(header, "provider"),
        model=text_in(header, "model"),
        messages=messages,
        head_id=head_id if head_id in messages else None,
        system_prompt=optional_text_in(header, "system_prompt"),
        options=options_from_json(header["options"]),
        tools=tools_from_json(header["tools"]),
    )


def _dead_writers(database: Database, instance: Instance, conversation_id: str) -> set[str]:
    """The instances that were writing an answer of a conversation and are no longer alive."""
    rows = database.query(
        "SELECT DISTINCT writer FROM messages WHERE conversation_id = ? AND outcome = 'streaming'", (conversation_id,)
    )
    writers = {text_in(row, "writer") for row in rows}
    with database.translated_errors():
        return {writer for writer in writers if not instance.is_alive(writer)}


def _interrupted(answer: ChatMessage) -> ChatMessage:
    if answer.tool is not None:
        tool = replace(answer.tool, is_error=True)
        return replace(answer, tool=tool, outcome="failed", failure=CALL_INTERRUPTED)
    return replace(answer, outcome="failed", failure=INTERRUPTED)
