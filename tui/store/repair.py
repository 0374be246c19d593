"""Creates what is missing in a damaged database: tables, columns, indexes, triggers, and the search index.

Nothing is deleted but the search index, which only repeats the text of the messages.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tui.store.rows import MESSAGE_COLUMNS
from tui.store.search_index import fill_search_index
from tui.store.store_work import INDEX, ReportWork, ignore_work

COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "conversations": frozenset(
        [
            "id",
            "title",
            "created_at",
            "updated_at",
            "provider",
            "model",
            "head_id",
            "pinned",
            "unread",
            "system_prompt",
            "options",
            "tools",
        ]
    ),
    "messages": frozenset(["seq", *MESSAGE_COLUMNS]),
    "images": frozenset(["message_id", "position", "media_type", "name", "data"]),
    "pieces": frozenset(["seq", "message_id", "content", "thinking"]),
    "parts": frozenset(["seq", "message_id", "content", "thinking"]),
    "drafts": frozenset(["conversation_id", "text"]),
    "favourites": frozenset(["seq", "provider", "model"]),
    "allowed_tools": frozenset(["name", "fingerprint"]),
}
"""The columns of each table."""

_INDEXES: Final = ("words", "part_words")
"""The search index of the messages, and that of the parts."""

INDEX_TABLES: Final = frozenset(
    f"{index}{suffix}" for index in _INDEXES for suffix in ("", "_data", "_idx", "_docsize", "_config")
)
"""The tables of the search indexes. SQLite makes all of them for each."""

OTHER_NAMES: Final = frozenset(
    [
        "conversations_by_time",
        "messages_by_conversation",
        "pieces_by_message",
        "parts_by_message",
        "answers_by_provider",
        "conversations_pinned",
        "words_of_new",
        "words_of_gone",
        "words_of_changed",
        "part_words_of_new",
        "part_words_of_gone",
        "draft_of_gone",
    ]
)
"""Indexes and triggers."""

_KEYS: Final = frozenset({"id", "seq", "message_id", "conversation_id", "position"})

_DEFAULTS: Final = {"TEXT": "''", "REAL": "0", "INTEGER": "0", "BLOB": "x''"}
"""What a new column contains in the rows that exist already, by its type."""

_RECOVER_CONVERSATIONS: Final = """
    INSERT INTO conversations (id, title, created_at, updated_at, provider, model, head_id)
    SELECT conversation_id, 'Recovered conversation', min(created_at), max(created_at), '', '',
        (SELECT id FROM messages AS last WHERE last.conversation_id = messages.conversation_id
            ORDER BY seq DESC LIMIT 1)
    FROM messages WHERE conversation_id NOT IN (SELECT id FROM conversations) GROUP BY conversation_id
"""


def is_index_damage(cause: BaseException | None) -> bool:
    """Whether an error of SQLite means that the search index is damaged, while the messages may be sound."""
    if not isinstance(cause, sqlite3.Error):
        return False
    text = str(cause)
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_CORRUPT_VTAB" or any(
        sign in text
        for sign in ("fts5", "vtable", *(f"no such table: {of}{index}" for of in ("", "main.") for index in _INDEXES))
    )


def repair(
    connection: sqlite3.Connection,
    create_all: Callable[[sqlite3.Connection], None],
    report: ReportWork = ignore_work,
) -> None:
    """Create what is missing.

    Args:
        connection: The database of the newest version, in autocommit mode, without enforced foreign keys.
        create_all: Creates everything in an empty database.
        report: Told how far a new search index is. What it raises stops the repair, and leaves the file unchanged.

    Raises:
        sqlite3.Error: If it cannot be repaired: a table has other columns than ours.
    """
    names = _names_in(connection)
    is_complete = names >= COLUMNS.keys() | INDEX_TABLES | OTHER_NAMES and all(
        _columns_of(connection, table) >= columns for table, columns in COLUMNS.items()
    )
    if not is_complete:
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as whole:
            create_all(whole)
            with _transaction(connection):
                _create_missing(connection, whole, names, report)
    elif not _can_search(connection):
        rebuild_index(connection, create_all, report)


def rebuild_index(
    connection: sqlite3.Connection,
    create_all: Callable[[sqlite3.Connection], None],
    report: ReportWork = ignore_work,
) -> None:
    """Make the search index anew. See `repair`."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as whole:
        create_all(whole)
        with _transaction(connection):
            _drop_index(connection)
            _create_missing(connection, whole, _names_in(connection), report)


def _create_missing(
    connection: sqlite3.Connection, whole: sqlite3.Connection, names: set[str], report: ReportWork
) -> None:
    for table, columns in COLUMNS.items():
        if table in names:
            _add_columns(connection, whole, table, columns - _columns_of(connection, table))
    if not names >= INDEX_TABLES:
        _drop_index(connection)
    present = _names_in(connection)
    # Tables come first: an index or a trigger names its table.
    statements = whole.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type != 'table'")
    for name, statement in statements:
        # The tables below the search index are created with it.
        if name not in present and name not in INDEX_TABLES.difference(_INDEXES):
            connection.execute(statement)
    connection.execute(_RECOVER_CONVERSATIONS)
    fill_search_index(connection, lambda fraction: report(INDEX, fraction))


def _add_columns(
    connection: sqlite3.Connection, whole: sqlite3.Connection, table: str, missing: frozenset[str]
) -> None:
    for _, name, kind, is_required, default, _ in whole.execute(f"PRAGMA table_info({table})"):
        if name in missing:
            if name in _KEYS:
                # A key cannot be added: the table is another program's.
                raise sqlite3.DatabaseError(f"the table {table} has no column {name}")
            content = f"NOT NULL DEFAULT {default or _DEFAULTS[kind]}" if is_required else ""
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} {content}")


def _drop_index(connection: sqlite3.Connection) -> None:
    for trigger in (name for name in OTHER_NAMES if "words_of_" in name):
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for index in _INDEXES:
        try:
            connection.execute(f"DROP TABLE IF EXISTS {index}")
        except sqlite3.Error:
            # SQLite cannot open the index, and so cannot delete it either.
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("DELETE FROM sqlite_master WHERE name = ?", (index,))
            connection.execute("PRAGMA writable_schema = RESET")
    for table in INDEX_TABLES.difference(_INDEXES):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def _can_search(connection: sqlite3.Connection) -> bool:
    try:
        for index in _INDEXES:
            connection.execute(f"SELECT rowid FROM {index} WHERE {index} MATCH '\"a\"' LIMIT 1").fetchall()  # noqa: S608
    except sqlite3.Error as cause:
        if is_index_damage(cause):
            return False
        raise
    return True


def _names_in(connection: sqlite3.Connection) -> set[str]:
    return {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master")}


def _columns_of(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})"))


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back after some errors, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
