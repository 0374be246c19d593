"""Lists of conversations, and what is asked of all of them but words, which `message_search` finds."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, get_args

from tui.chat.conversation import ConversationSummary
from tui.chat.message import Outcome
from tui.store.database import Database
from tui.store.fields import flag_in, storable, text_in, time_in

MAX_RECALLED_LENGTH: Final = 20_000
"""A prompt with this many characters or more was pasted, and is not recalled."""

_SUMMARIES: Final = (
    "SELECT conversations.*, messages.outcome FROM conversations LEFT JOIN messages ON messages.id = head_id"
)
_LATEST_FIRST: Final = "ORDER BY conversations.updated_at DESC, conversations.rowid DESC"


class ArchiveSize(NamedTuple):
    """The size of the saved conversations."""

    conversations: int
    size_bytes: int
    """Of the database, and what SQLite keeps beside it. 0 for one in memory."""


def size(database: Database, path: Path | None) -> ArchiveSize:
    """How many conversations there are, and how large the files are.

    Args:
        database: The database.
        path: Its file. None for one in memory.
    """
    row = database.query_one("SELECT count(*) AS found FROM conversations")
    files = [] if path is None else [path, *(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))]
    with database.translated_errors():
        size_bytes = sum(file.stat().st_size for file in files if file.exists())
    return ArchiveSize(0 if row is None else row["found"], size_bytes)


def recent(database: Database, limit: int, offset: int = 0) -> tuple[ConversationSummary, ...]:
    """Conversations, the latest first."""
    return _summaries(database.query(f"{_SUMMARIES} {_LATEST_FIRST} LIMIT ? OFFSET ?", (limit, offset)))


def ids(database: Database) -> tuple[str, ...]:
    """The ids of all conversations, in the order in which they were saved first."""
    return tuple(text_in(row, "id") for row in database.query("SELECT id FROM conversations ORDER BY rowid"))


def pinned(database: Database) -> tuple[ConversationSummary, ...]:
    """The pinned conversations, the latest first."""
    return _summaries(database.query(f"{_SUMMARIES} WHERE pinned {_LATEST_FIRST}"))


def find(database: Database, words: str, limit: int) -> tuple[ConversationSummary, ...]:
    """Conversations by id, id prefix or part of the title, the latest first.

    Conversations with exactly this id or title are the only result if there are any.
    """
    rows = database.query(
        "SELECT conversations.*, messages.outcome, conversations.id = :words OR title = :words AS is_exact "
        "FROM conversations LEFT JOIN messages ON messages.id = head_id "
        "WHERE is_exact OR substr(conversations.id, 1, length(:words)) = :words "
        "OR instr(lower(title), lower(:words)) "
        "ORDER BY is_exact DESC, conversations.updated_at DESC, conversations.rowid DESC LIMIT :limit",
        {"words": storable(words), "limit": limit},
    )
    return _summaries([row for row in rows if row["is_exact"]] or rows)


def titled(database: Database, text: str, limit: int) -> tuple[ConversationSummary, ...]:
    """Conversations with a text in their title, the latest first. ASCII letters match in either case."""
    return _summaries(
        database.query(
            f"{_SUMMARIES} WHERE instr(lower(title), lower(?)) {_LATEST_FIRST} LIMIT ?", (storable(text), limit)
        )
    )


def contains_any(database: Database, conversation_id: str, message_ids: Iterable[str]) -> bool:
    """Whether the conversation, or any of the messages, is in the database."""
    found = database.query_one(
        "SELECT 1 FROM conversations WHERE id = ? "
        "UNION ALL SELECT 1 FROM messages WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1",
        (conversation_id, json.dumps([*message_ids])),
    )
    return found is not None


def last_prompts(database: Database, limit: int) -> tuple[str, ...]:
    """The latest prompts without duplicates, the latest first. Pasted ones are left out, see `MAX_RECALLED_LENGTH`."""
    database.require_writable()
    prompts: dict[str, None] = {}
    with (
        database.translated_errors(),
        # Duplicates are dropped here: GROUP BY would read every prompt in the database to return a few.
        contextlib.closing(
            database.connection.execute(
                "SELECT content FROM messages WHERE role = 'user' AND length(content) < ? AND "
                # The text of a larger one is in its parts.
                "(content != '' OR NOT EXISTS (SELECT 1 FROM parts WHERE message_id = messages.id)) ORDER BY seq DESC",
                (MAX_RECALLED_LENGTH,),
            )
        ) as rows,
    ):
        for row in rows:
            if len(prompts) == limit:
                break
            prompts[text_in(row, "content")] = None
    return tuple(prompts)


def last_model(database: Database, provider: str) -> str:
    """The model that a provider last answered with; empty if there is no answer from it."""
    row = database.query_one(
        "SELECT model FROM messages WHERE role = 'assistant' AND provider = ? AND model != '' "
        "ORDER BY seq DESC LIMIT 1",
        (storable(provider),),
    )
    return "" if row is None else text_in(row, "model")


def _summaries(rows: Iterable[sqlite3.Row]) -> tuple[ConversationSummary, ...]:
    return tuple(
        ConversationSummary(
            text_in(row, "id"),
            text_in(row, "title"),
            time_in(row, "updated_at"),
            text_in(row, "provider"),
            text_in(row, "model"),
            is_pinned=flag_in(row, "pinned"),
            is_unread=flag_in(row, "unread"),
            outcome=row["outcome"] if row["outcome"] in get_args(Outcome) else "complete",
        )
        for row in rows
    )
