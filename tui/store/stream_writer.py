"""StreamWriter: writes conversations while their answers stream in, and remembers what could not be written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

from tui.chat.conversation import Conversation
from tui.chat.dates import known_time
from tui.chat.message import ChatMessage
from tui.errors import StoreError
from tui.store.database import Database
from tui.store.fields import storable
from tui.store.rows import append_piece, json_from_options, json_from_tools, upsert_message

_UPSERT_CONVERSATION: Final = """
    INSERT INTO conversations (id, title, created_at, updated_at, provider, model, head_id, system_prompt, options,
        tools)
    VALUES (:id, :title, :created_at, :updated_at, :provider, :model, :head_id, :system_prompt, :options,
        :tools)
    ON CONFLICT (id) DO UPDATE SET
        title = CASE title WHEN '' THEN excluded.title ELSE title END,
        updated_at = max(updated_at, excluded.updated_at),
        provider = excluded.provider,
        model = excluded.model,
        head_id = excluded.head_id,
        system_prompt = excluded.system_prompt,
        options = excluded.options,
        tools = excluded.tools
"""
"""A saved title is only changed by a rename: an open conversation may still have the title before it."""


class StreamWriter:
    """Writes conversations and their streaming answers.

    The unsaved part of a conversation stays in memory. It is written with the next write to the same
    conversation that succeeds, and tried again by `save_unsaved`.
    """

    def __init__(self, database: Database, instance_id: str) -> None:
        """Args:
        database: The database to write to.
        instance_id: The id of this instance, by which others see whether a streaming answer is still being written.
        """
        self._database = database
        self._instance_id = instance_id
        self._saved_ids: set[str] = set()
        """Ids of messages whose present state is in the database."""
        self._unsaved: dict[str, Conversation] = {}
        """Conversations that could not be written, by id."""
        self._pending_chunks: dict[str, tuple[str, str]] = {}
        """Content and thinking that could not be written when they arrived, by the id of their answer."""

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Write a prompt and its new, streaming answer; the conversation may be new."""
        self._saved_ids.discard(answer.id)
        self.save(conversation.with_message(prompt).with_message(answer))

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Write the next text of a streaming answer. No-op if the answer is not in the database."""
        if answer_id in self._pending_chunks:
            pending_content, pending_thinking = self._pending_chunks[answer_id]
            content, thinking = pending_content + content, pending_thinking + thinking
        self._pending_chunks[answer_id] = (content, thinking)
        unsaved = next((each for each in self._unsaved.values() if answer_id in each.messages), None)

        def write() -> None:
            if unsaved is not None:
                self._upsert(unsaved)
            append_piece(self._database.connection, answer_id, content, thinking)

        self._database.write(write)
        del self._pending_chunks[answer_id]
        if unsaved is not None:
            self._note_saved(unsaved)

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Write an answer in its final state."""
        self._pending_chunks.pop(answer.id, None)
        self._saved_ids.discard(answer.id)
        self.save(conversation.with_message(answer))

    def save(self, conversation: Conversation) -> None:
        """Write a conversation's header, and those of its messages whose present state is not saved."""
        self._unsaved[conversation.id] = conversation
        self._database.write(lambda: self._upsert(conversation))
        self._note_saved(conversation)

    def save_unsaved(self) -> None:
        """Try once more to write every conversation that could not be written."""
        for conversation in tuple(self._unsaved.values()):
            # The error was already raised by the write that failed first.
            with contextlib.suppress(StoreError):
                self.save(conversation)

    def unsaved(self, conversation_id: str) -> Conversation | None:
        """A conversation that could not be written, as it should be. None if the database has it."""
        return self._unsaved.get(conversation_id)

    def discard_unsaved(self, conversation_id: str) -> None:
        """Do not write a conversation again that could not be written."""
        self._unsaved.pop(conversation_id, None)

    def mark_saved(self, message_ids: Iterable[str]) -> None:
        """Note that the database has the present state of some messages."""
        self._saved_ids.update(message_ids)

    def mark_deleted(self, message_ids: Iterable[str]) -> None:
        """Note that some messages were deleted from the database."""
        self._saved_ids.difference_update(message_ids)

    def _upsert(self, conversation: Conversation) -> None:
        connection = self._database.connection
        found = connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation.id,)).fetchone()
        system_prompt = conversation.system_prompt
        connection.execute(
            _UPSERT_CONVERSATION,
            {
                "id": conversation.id,
                "title": storable(conversation.title),
                "created_at": known_time(conversation.created_at) or 0.0,
                "updated_at": _updated_at(conversation),
                "provider": storable(conversation.provider),
                "model": storable(conversation.model),
                "head_id": conversation.head_id,
                "system_prompt": None if system_prompt is None else storable(system_prompt),
                "options": json_from_options(conversation.options),
                "tools": json_from_tools(conversation.tools),
            },
        )
        for message in conversation.messages.values():
            # Another instance may have deleted the conversation; then none of its messages is saved any more.
            if found is None or message.id not in self._saved_ids:
                upsert_message(connection, message, conversation.id, self._instance_id)

    def _note_saved(self, conversation: Conversation) -> None:
        self._saved_ids.update(conversation.messages)
        self._unsaved.pop(conversation.id, None)


def _updated_at(conversation: Conversation) -> float:
    """When the last message of a conversation was sent or completed, in seconds since the epoch."""
    latest = max(
        (message.created_at + (message.stats.total_s or 0.0) for message in conversation.messages.values()),
        default=conversation.created_at,
    )
    return known_time(latest) or known_time(conversation.created_at) or 0.0
