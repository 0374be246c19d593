"""Lists of conversations, and searches through all of them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, get_args

from tui.chat.conversation import ConversationSummary, FoundMessage
from tui.chat.message import Outcome
from tui.store.database import Database
from tui.store.fields import flag_in, text_in, time_in
from tui.store.rows import storable

MAX_RECALLED_LENGTH: Final = 20_000
"""A prompt with this many characters or more was pasted, and is not recalled."""

_HIT_START, _HIT_END = "\x02", "\x03"
"""Around each match in an excerpt. Written as `char(2)` and `char(3)` in SQL."""

_SUMMARIES: Final = (
    "SELECT conversations.*, messages.outcome FROM conversations LEFT JOIN messages ON messages.id = head_id"
)
_LATEST_FIRST: Final = "ORDER BY conversations.updated_at DESC, conversations.rowid DESC"

_FOUND: Final = (
    "SELECT messages.id, messages.created_at, conversations.id AS conversation_id, title, "
    "snippet(words, 0, char(2), char(3), '…', 16) AS excerpt FROM words "
    "JOIN messages ON messages.seq = words.rowid JOIN conversations ON conversations.id = conversation_id"
)
_NEWEST_FIRST: Final = "ORDER BY words.rowid DESC"
_FOUND_CONVERSATIONS: Final = " ".join(
    [
        "WITH scanned AS (SELECT rowid AS seq FROM words WHERE words MATCH :match ORDER BY rowid DESC LIMIT :scanned),",
        "latest AS (SELECT max(seq) AS seq FROM scanned JOIN messages USING (seq)",
        "GROUP BY conversation_id ORDER BY 1 DESC LIMIT :limit)",
        _FOUND,
        # Without the plus, SQLite would search the index once for each of them.
        "WHERE words MATCH :match AND +words.rowid IN (SELECT seq FROM latest)",
        _NEWEST_FIRST,
        "LIMIT (SELECT count(*) FROM latest)",
    ]
)
"""Excerpts take most of the time, so they are made of those messages only that are returned."""


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


def search(database: Database, words: str, limit: int) -> tuple[FoundMessage, ...]:
    """Messages that contain every given word, the latest first. The last word may be a prefix."""
    match = _match(words)
    if not match:
        return ()
    return _found_messages(database.query(f"{_FOUND} WHERE words MATCH ? {_NEWEST_FIRST} LIMIT ?", (match, limit)))


def search_conversations(database: Database, words: str, scanned: int, limit: int) -> tuple[FoundMessage, ...]:
    """The latest message with every given word of each conversation, the latest first. See `search`.

    Args:
        database: The database.
        words: The words.
        scanned: How many messages with the words to look at, the latest ones.
        limit: How many conversations to return.
    """
    match = _match(words)
    if not match:
        return ()
    rows = database.query(_FOUND_CONVERSATIONS, {"match": match, "scanned": scanned, "limit": limit})
    return _found_messages(rows)


def _match(words: str) -> str:
    """The query of the index for messages with every word. Empty without words."""
    quoted = ['"' + word.replace('"', '""') + '"' for word in storable(words).replace("\x00", " ").split()]
    return " ".join(quoted) + "*" if quoted else ""


def _found_messages(rows: Iterable[sqlite3.Row]) -> tuple[FoundMessage, ...]:
    return tuple(
        FoundMessage(
            text_in(row, "conversation_id"),
            text_in(row, "title"),
            text_in(row, "id"),
            time_in(row, "created_at"),
            _split_hits(text_in(row, "excerpt")),
        )
        for row in rows
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
                "SELECT content FROM messages WHERE role = 'user' AND length(content) < ? ORDER BY seq DESC",
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


def _split_hits(excerpt: str) -> tuple[tuple[str, bool], ...]:
    """Split an excerpt into parts, each with whether it is a match."""
    before, *marked = excerpt.split(_HIT_START)
    parts = [(before, False)]
    for part in marked:
        hit, _, after = part.partition(_HIT_END)
        parts.extend([(hit, True), (after, False)])
    return tuple(part for part in parts if part[0])
