"""Tables, and the ordered migrations that made them; only ever appended to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.errors import StoreError

Migration = Callable[[sqlite3.Connection], None]


def _first_tables(connection: sqlite3.Connection) -> None:
    """Conversations, their messages as a tree, images, and the pieces of answers that are still streaming in."""
    connection.execute(
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created_at REAL NOT NULL,
            updated_at REAL NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            head_id TEXT
        ) STRICT
        """
    )
    connection.execute(
        """
        CREATE TABLE messages (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent_id TEXT,
            role TEXT NOT NULL,
            content TEXT NOT NULL,
            thinking TEXT NOT NULL,
            tool_calls TEXT NOT NULL,
            created_at REAL NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            finish_reason TEXT,
            outcome TEXT NOT NULL,
            failure TEXT,
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            first_token_s REAL,
            total_s REAL,
            tokens_per_second REAL,
            writer TEXT
        ) STRICT
        """
    )
    connection.execute(
        """
        CREATE TABLE images (
            message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            media_type TEXT NOT NULL,
            name TEXT NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (message_id, position)
        ) STRICT
        """
    )
    # What streams in is appended here, so that keeping more of an answer never means writing it all again.
    connection.execute(
        """
        CREATE TABLE pieces (
            seq INTEGER PRIMARY KEY,
            message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            content TEXT NOT NULL,
            thinking TEXT NOT NULL
        ) STRICT
        """
    )
    connection.execute("CREATE INDEX conversations_by_time ON conversations (updated_at)")
    connection.execute("CREATE INDEX messages_by_conversation ON messages (conversation_id)")
    connection.execute("CREATE INDEX pieces_by_message ON pieces (message_id)")


MIGRATIONS: Final[tuple[Migration, ...]] = (_first_tables,)
"""What makes version 1 of an empty file, version 2 of version 1, and so on."""


def bring_up_to_date(
    connection: sqlite3.Connection, path: Path | None, migrations: tuple[Migration, ...] = MIGRATIONS
) -> None:
    """Bring a database to the newest version; one that has something in it is copied beside itself first.

    Args:
        connection: The database, in autocommit mode.
        path: Its file. None for one in memory.
        migrations: The migrations.

    Raises:
        StoreError: When a newer llm-tui has written it.
        sqlite3.Error: When it cannot be read or written.
    """
    found = _version(connection)
    if found > len(migrations):
        raise StoreError(
            f"{path} was written by a newer llm-tui (its version {found}; this one knows {len(migrations)}).",
            hint="Update llm-tui, or name another folder with --data-dir.",
        )
    if found == len(migrations):
        return
    if found > 0 and path is not None:
        _back_up(connection, path.with_name(f"{path.name}.v{found}.bak"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another instance may have been first while we waited for the lock.
        for number in range(_version(connection), len(migrations)):
            migrations[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    copy = sqlite3.connect(path)
    try:
        connection.backup(copy)
    finally:
        copy.close()
