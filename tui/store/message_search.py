"""The words of all messages, and of the parts of large ones, are each in an index. This asks both."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tui.chat.conversation import FoundMessage
from tui.store.database import Database
from tui.store.fields import storable, text_in, time_in

_HIT_START, _HIT_END = "\x02", "\x03"
"""Around each match in an excerpt. Written as `char(2)` and `char(3)` in SQL."""

_COLUMNS: Final = "messages.seq, messages.id, messages.created_at, conversations.id AS conversation_id, title"

_FOUND: Final = (
    f"SELECT {_COLUMNS}, snippet(words, 0, char(2), char(3), '…', 16) AS excerpt FROM words "  # noqa: S608
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

_FOUND_PARTS: Final = (
    "SELECT part_words.rowid AS part_seq, messages.seq AS message_seq, conversation_id FROM part_words "
    "JOIN parts ON parts.seq = part_words.rowid JOIN messages ON messages.id = message_id WHERE part_words MATCH ?"
)
_FOUND_PART: Final = (
    f"SELECT {_COLUMNS}, snippet(part_words, 0, char(2), char(3), '…', 16) AS excerpt FROM part_words "  # noqa: S608
    "JOIN parts ON parts.seq = part_words.rowid JOIN messages ON messages.id = message_id "
    "JOIN conversations ON conversations.id = conversation_id WHERE part_words MATCH ? AND part_words.rowid = ?"
)


class _PartHit(NamedTuple):
    """A message with parts that contains every word."""

    message_seq: int
    conversation_id: str
    part_seq: int
    """The part with most of the words, the first of several."""


def search(database: Database, words: str, limit: int) -> tuple[FoundMessage, ...]:
    """Messages that contain every given word, the latest first. The last word may be a prefix."""
    queries = _queries(words)
    if not queries:
        return ()
    rows = database.query(f"{_FOUND} WHERE words MATCH ? {_NEWEST_FIRST} LIMIT ?", (" ".join(queries), limit))
    return _found_messages(_with_parts(database, queries, rows, _in_parts(database, queries)[:limit], limit))


def search_conversations(database: Database, words: str, scanned: int, limit: int) -> tuple[FoundMessage, ...]:
    """The latest message with every given word of each conversation, the latest first. See `search`.

    Args:
        database: The database.
        words: The words.
        scanned: How many messages with the words to look at, the latest ones.
        limit: How many conversations to return.
    """
    queries = _queries(words)
    if not queries:
        return ()
    match = " ".join(queries)
    rows = database.query(_FOUND_CONVERSATIONS, {"match": match, "scanned": scanned, "limit": limit})
    latest = {text_in(row, "conversation_id"): int(row["seq"]) for row in rows}
    hits: dict[str, _PartHit] = {}
    for hit in _in_parts(database, queries)[:scanned]:
        if hit.message_seq > latest.get(hit.conversation_id, -1):
            hits.setdefault(hit.conversation_id, hit)
    others = [row for row in rows if text_in(row, "conversation_id") not in hits]
    return _found_messages(_with_parts(database, queries, others, [*hits.values()][:limit], limit))


def _queries(words: str) -> list[str]:
    """The query of the index for each word; joined, they find messages with every word."""
    quoted = ['"' + word.replace('"', '""') + '"' for word in storable(words).replace("\x00", " ").split()]
    return [*quoted[:-1], f"{quoted[-1]}*"] if quoted else []


def _in_parts(database: Database, queries: Sequence[str]) -> list[_PartHit]:
    """The messages with parts that contain every word, the latest first: each word may be in another part."""
    if database.query_one("SELECT 1 FROM parts LIMIT 1") is None:
        return []
    found: dict[tuple[int, str], Counter[int]] | None = None
    for query in filter(_has_word, queries):
        parts_of: dict[tuple[int, str], list[int]] = defaultdict(list)
        for row in database.query(_FOUND_PARTS, (query,)):
            parts_of[row["message_seq"], text_in(row, "conversation_id")].append(row["part_seq"])
        kept = {key: Counter[int]() for key in parts_of} if found is None else found
        found = {key: counts for key, counts in kept.items() if key in parts_of}
        for key, counts in found.items():
            counts.update(parts_of[key])
    return [
        _PartHit(*key, min(counts, key=lambda part: (-counts[part], part)))
        for key, counts in sorted((found or {}).items(), key=lambda item: item[0], reverse=True)
    ]


def _has_word(query: str) -> bool:
    """Whether the index has words of a query. It ignores punctuation beside words, and finds nothing by it alone."""
    return any(character.isalnum() or "\ue000" <= character <= "\uf8ff" for character in query)


def _with_parts(
    database: Database, queries: Sequence[str], rows: Sequence[sqlite3.Row], hits: Sequence[_PartHit], limit: int
) -> list[sqlite3.Row]:
    """Rows of found messages and those of messages with parts, the latest first."""
    if not hits:
        return [*rows]
    newest = sorted([*(int(row["seq"]) for row in rows), *(hit.message_seq for hit in hits)], reverse=True)[:limit]
    any_word = " OR ".join(filter(_has_word, queries))
    for hit in hits:
        if hit.message_seq in newest:
            rows = [*rows, *database.query(_FOUND_PART, (any_word, hit.part_seq))]
    return sorted(rows, key=lambda row: int(row["seq"]), reverse=True)[:limit]


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


def _split_hits(excerpt: str) -> tuple[tuple[str, bool], ...]:
    """Split an excerpt into parts, each with whether it is a match."""
    before, *marked = excerpt.split(_HIT_START)
    parts = [(before, False)]
    for part in marked:
        hit, _, after = part.partition(_HIT_END)
        parts.extend([(hit, True), (after, False)])
    return tuple(part for part in parts if part[0])
