"""Tables, and the ordered migrations that made them; only ever appended to."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.errors import StoreError

Migration = Callable[[sqlite3.Connection], None]
"""Runs within the transaction of all of them, with foreign keys not enforced."""

# No table is STRICT: Python 3.11 is also built with an SQLite older than 3.37, which does not know the word.

_SWITCHES: Final = 250
_PAUSE_S: Final = 0.02


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
        )
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
        )
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
        )
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
        )
        """
    )
    connection.execute("CREATE INDEX conversations_by_time ON conversations (updated_at)")
    connection.execute("CREATE INDEX messages_by_conversation ON messages (conversation_id)")
    connection.execute("CREATE INDEX pieces_by_message ON pieces (message_id)")


def _find_models_by_provider(connection: sqlite3.Connection) -> None:
    """An index for the model that a provider was last used with."""
    connection.execute(
        "CREATE INDEX answers_by_provider ON messages (provider, seq) WHERE role = 'assistant' AND model != ''"
    )


def _find_words(connection: sqlite3.Connection) -> None:
    """An index of the words of every message. It holds no text of its own, and follows the messages by itself."""
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5 "
        "(content, content = 'messages', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2', "
        "prefix = '1 2')"
    )
    forget = "INSERT INTO words (words, rowid, content) VALUES ('delete', old.seq, old.content);"
    learn = "INSERT INTO words (rowid, content) VALUES (new.seq, new.content);"
    connection.execute(f"CREATE TRIGGER words_of_new AFTER INSERT ON messages BEGIN {learn} END")
    connection.execute(f"CREATE TRIGGER words_of_gone AFTER DELETE ON messages BEGIN {forget} END")
    connection.execute(
        f"CREATE TRIGGER words_of_changed AFTER UPDATE OF content ON messages BEGIN {forget} {learn} END"
    )
    connection.execute("INSERT INTO words (words) VALUES ('rebuild')")


def _keep_what_is_chosen(connection: sqlite3.Connection) -> None:
    """What the user chose for a conversation, what was not seen of it yet, and what is written and not sent."""
    connection.execute("ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE conversations ADD COLUMN unread INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE conversations ADD COLUMN system_prompt TEXT")
    connection.execute("ALTER TABLE conversations ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")
    connection.execute("ALTER TABLE messages ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")
    # No foreign key: what is written before the first prompt belongs to no conversation yet.
    connection.execute("CREATE TABLE drafts (conversation_id TEXT PRIMARY KEY, text TEXT NOT NULL)")
    connection.execute("CREATE INDEX conversations_pinned ON conversations (updated_at) WHERE pinned")
    connection.execute(
        "CREATE TRIGGER draft_of_gone AFTER DELETE ON conversations "
        "BEGIN DELETE FROM drafts WHERE conversation_id = old.id; END"
    )


MIGRATIONS: Final[tuple[Migration, ...]] = (
    _first_tables,
    _find_models_by_provider,
    _find_words,
    _keep_what_is_chosen,
)
"""What makes version 1 of an empty file, version 2 of version 1, and so on."""


def make_ready(
    connection: sqlite3.Connection, path: Path | None, migrations: tuple[Migration, ...] = MIGRATIONS
) -> None:
    """Bring a newly opened database to the newest version, and set how this connection works with it.

    Args:
        connection: The database, in autocommit mode.
        path: Its file. None for one in memory.
        migrations: The migrations.

    Raises:
        StoreError: When a newer llm-tui has written it; nothing in it is changed then.
        OSError: When the copy that is made first cannot be written.
        sqlite3.Error: When it cannot be read or written.
    """
    if _version_within(connection, path, len(migrations)) < len(migrations):
        _migrate(connection, path, migrations)
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    # Not before: a migration that makes a table anew could not drop the old one.
    connection.execute("PRAGMA foreign_keys = ON")


def make_sure(connection: sqlite3.Connection, path: Path | None) -> None:
    """Make sure that a database which can only be read is of the newest version.

    Raises:
        StoreError: When it is of another.
    """
    if _version_within(connection, path, len(MIGRATIONS)) < len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by an older llm-tui, and cannot be brought up to date: it can only be read.",
            hint="Make it writable, or name another folder with --data-dir or LLM_TUI_DATA_DIR.",
        )


def _version_within(connection: sqlite3.Connection, path: Path | None, newest: int) -> int:
    """The version of a database, of which we must know what it means."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > newest:
        raise StoreError(
            f"{path} was written by a newer llm-tui (its version {found}; this one knows {newest}).",
            hint="Update llm-tui, or name another folder with --data-dir or LLM_TUI_DATA_DIR.",
        )
    return found


def _migrate(connection: sqlite3.Connection, path: Path | None, migrations: tuple[Migration, ...]) -> None:
    """Make all that is missing in one transaction. What was in the file before is copied beside it first."""
    backup = None
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another instance may have been first while we waited for the lock.
        found = _version_within(connection, path, len(migrations))
        is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if path is not None and found < len(migrations) and not is_empty:
            backup = _back_up(path, found)
        for number in range(found, len(migrations)):
            migrations[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        # A full disk ends the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        # The file is as it was; a copy at each try would fill the disk.
        if backup is not None:
            backup.unlink()
        raise


def _back_up(path: Path, version: int) -> Path:
    """Copy a database beside itself, under a name that nothing has; give the name."""
    endings = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    names = (path.with_name(f"{path.name}.v{version}{ending}.bak") for ending in endings)
    backup = next(name for name in names if not name.exists())
    # SQLite would make it readable for everybody.
    os.close(os.open(backup, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        # A connection of its own: one that is about to write cannot be copied from.
        with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(backup)) as copy:
            source.backup(copy)
    except BaseException:
        backup.unlink()
        raise
    return backup


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Let readers and one writer work at the same time. Holds for the file, from the first time on."""
    # Instances that start at once meet here, and the switch does not wait for others as writing does.
    tries = 0
    while True:
        tries += 1
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as cause:
            if cause.sqlite_errorcode != sqlite3.SQLITE_BUSY or tries == _SWITCHES:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
