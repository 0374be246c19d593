"""The tables, and the ordered migrations that create them. Migrations are only ever appended."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.atomic_files import move_to_new_name
from tui.errors import StoreError
from tui.store.parts import LARGE, write_parts
from tui.store.repair import repair
from tui.store.search_index import fill_search_index
from tui.store.store_work import UPGRADE, WAIT, ReportWork, ignore_work

Migration = Callable[[sqlite3.Connection], None]
"""Changes the tables. All migrations run in one transaction, without enforced foreign keys."""

# No table is STRICT: Python 3.11 may be built with an SQLite older than 3.37, which does not know the keyword.

_MAX_WAL_ATTEMPTS: Final = 250
_WAL_RETRY_S: Final = 0.02

_MAX_BEGIN_ATTEMPTS: Final = 120
"""How often an upgrade is begun while another instance writes. Each attempt waits for the busy timeout."""

_BACKUP_PAGES: Final = 2_000
"""Pages of the file that are copied between two reports."""

_BACKUP_SHARE: Final = 0.1
"""How much of an upgrade that makes the search index the copy of the old file takes."""


def _create_tables(connection: sqlite3.Connection) -> None:
    """Conversations, their messages as a tree, images, and the pieces of answers that are still streaming."""
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
    # Streamed text is appended here, so that saving the next piece does not rewrite the whole answer.
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


def _index_models_by_provider(connection: sqlite3.Connection) -> None:
    """An index for the model that a provider last answered with."""
    connection.execute(
        "CREATE INDEX answers_by_provider ON messages (provider, seq) WHERE role = 'assistant' AND model != ''"
    )


def _index_words(connection: sqlite3.Connection) -> None:
    """A full-text index of every message. It stores no text of its own; triggers keep it up to date."""
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


def _add_settings_and_drafts(connection: sqlite3.Connection) -> None:
    """Pins, unread marks, system prompt and options of conversations and answers, and drafts."""
    connection.execute("ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE conversations ADD COLUMN unread INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE conversations ADD COLUMN system_prompt TEXT")
    connection.execute("ALTER TABLE conversations ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")
    connection.execute("ALTER TABLE messages ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")
    # No foreign key: the draft of a new conversation is saved before the conversation is.
    connection.execute("CREATE TABLE drafts (conversation_id TEXT PRIMARY KEY, text TEXT NOT NULL)")
    connection.execute("CREATE INDEX conversations_pinned ON conversations (updated_at) WHERE pinned")
    connection.execute(
        "CREATE TRIGGER draft_of_gone AFTER DELETE ON conversations "
        "BEGIN DELETE FROM drafts WHERE conversation_id = old.id; END"
    )


def _add_cached_tokens(connection: sqlite3.Connection) -> None:
    """How many tokens of a prompt the server had cached."""
    connection.execute("ALTER TABLE messages ADD COLUMN cached_prompt_tokens INTEGER")


def _add_favourites(connection: sqlite3.Connection) -> None:
    """The models that the user marked as favourites."""
    connection.execute(
        "CREATE TABLE favourites "
        "(seq INTEGER PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, UNIQUE (provider, model))"
    )


def _add_tool_outcomes(connection: sqlite3.Connection) -> None:
    """Which tool call a message is the result of, and how it went."""
    connection.execute("ALTER TABLE messages ADD COLUMN tool TEXT")


def _add_tool_choices(connection: sqlite3.Connection) -> None:
    """Which tools are on in a conversation, and the tools that the config allows, as their servers describe them."""
    connection.execute("ALTER TABLE conversations ADD COLUMN tools TEXT NOT NULL DEFAULT '{}'")
    connection.execute("CREATE TABLE allowed_tools (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL)")


def _add_parts(connection: sqlite3.Connection) -> None:
    """The parts of large texts, and an index of their words. Parts are never changed, only replaced."""
    connection.execute(
        """
        CREATE TABLE parts (
            seq INTEGER PRIMARY KEY,
            message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            content TEXT NOT NULL,
            thinking TEXT NOT NULL
        )
        """
    )
    connection.execute("CREATE INDEX parts_by_message ON parts (message_id)")
    # An index of its own: the rows of `words` are numbered as the messages are, which sorts them by time.
    connection.execute(
        "CREATE VIRTUAL TABLE part_words USING fts5 "
        "(content, content = 'parts', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2', "
        "prefix = '1 2')"
    )
    forget = "INSERT INTO part_words (part_words, rowid, content) VALUES ('delete', old.seq, old.content);"
    learn = "INSERT INTO part_words (rowid, content) VALUES (new.seq, new.content);"
    connection.execute(f"CREATE TRIGGER part_words_of_new AFTER INSERT ON parts BEGIN {learn} END")
    connection.execute(f"CREATE TRIGGER part_words_of_gone AFTER DELETE ON parts BEGIN {forget} END")
    _cut_large_rows(connection)


def _cut_large_rows(connection: sqlite3.Connection) -> None:
    """Cut the large texts of earlier versions into parts: an excerpt of one took minutes for a frequent word."""
    are_texts = "typeof(content) = 'text' AND typeof(thinking) = 'text'"
    large = connection.execute(
        f"SELECT id FROM messages WHERE {are_texts} AND length(content) + length(thinking) > {LARGE}"  # noqa: S608
    ).fetchall()
    for (message_id,) in large:
        texts = connection.execute("SELECT content, thinking FROM messages WHERE id = ?", (message_id,)).fetchone()
        write_parts(connection, message_id, *texts)
        connection.execute("UPDATE messages SET content = '', thinking = '' WHERE id = ?", (message_id,))


MIGRATIONS: Final[tuple[Migration, ...]] = (
    _create_tables,
    _index_models_by_provider,
    _index_words,
    _add_settings_and_drafts,
    _add_cached_tokens,
    _add_favourites,
    _add_tool_outcomes,
    _add_tool_choices,
    _add_parts,
)
"""The first creates version 1 in an empty file, the second turns version 1 into version 2, and so on."""


def prepare(
    connection: sqlite3.Connection,
    path: Path | None,
    migrations: tuple[Migration, ...] = MIGRATIONS,
    report: ReportWork = ignore_work,
) -> None:
    """Migrate a newly opened database to the newest version, and configure the connection.

    Args:
        connection: The database, in autocommit mode.
        path: The file of the database. None for one in memory.
        migrations: All migrations; tests pass others.
        report: Told how far an upgrade or a new search index is. What it raises stops that, and the file stays as it
            was.

    Raises:
        StoreError: If a newer llm-tui has written the database, which is left unchanged.
        OSError: If the backup before a migration cannot be written.
        sqlite3.Error: If the database cannot be read or written.
    """
    if _checked_version(connection, path, len(migrations)) != len(migrations):
        _migrate(connection, path, migrations, report)
    if migrations is MIGRATIONS:
        repair(connection, create_all, report)
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    # After the migrations: with foreign keys, a migration could not drop and recreate a table.
    connection.execute("PRAGMA foreign_keys = ON")


def create_all(connection: sqlite3.Connection) -> None:
    """Create everything in an empty database."""
    for migrate in MIGRATIONS:
        migrate(connection)


def require_current_version(connection: sqlite3.Connection, path: Path | None) -> None:
    """Check that a read-only database has the newest version, since it cannot be migrated.

    Raises:
        StoreError: If it has another version.
    """
    if _checked_version(connection, path, len(MIGRATIONS)) != len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by an older llm-tui and cannot be upgraded: it is read-only.",
            hint="Make it writable, or choose another folder with --data-dir or LLM_TUI_DATA_DIR.",
        )


def _checked_version(connection: sqlite3.Connection, path: Path | None, newest: int) -> int:
    """The schema version of a database.

    Raises:
        StoreError: If it is newer than the newest known one.
    """
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > newest:
        raise StoreError(
            f"{path} was written by a newer llm-tui (file version {found}; this llm-tui supports up to {newest}).",
            hint="Update llm-tui, or choose another folder with --data-dir or LLM_TUI_DATA_DIR.",
        )
    return found


def _migrate(
    connection: sqlite3.Connection, path: Path | None, migrations: tuple[Migration, ...], report: ReportWork
) -> None:
    """Run the missing migrations in one transaction, after a backup of what the file contains."""
    backup = None
    _begin(connection, report)
    try:
        # Another instance may have migrated the file while this one waited for the lock.
        found = _checked_version(connection, path, len(migrations))
        is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        start = found if found > 0 else _version_by_tables(connection)
        missing = migrations[start:]
        share = _BACKUP_SHARE if _index_words in missing else 1.0
        if path is not None and found != len(migrations) and not is_empty:
            backup = path.with_name(f"{path.name}.v{found}.bak.tmp")
            _back_up(path, backup, lambda fraction: report(UPGRADE, share * fraction))
        for migrate in missing:
            migrate(connection)
            if migrate is _index_words:
                fill_search_index(connection, lambda fraction: report(UPGRADE, share + (1 - share) * fraction))
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        if backup is not None:
            backup = _keep_backup(backup)
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back after some errors, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        # The file is unchanged, and a backup for every attempt would fill the disk.
        if backup is not None:
            backup.unlink(missing_ok=True)
        raise


def _begin(connection: sqlite3.Connection, report: ReportWork) -> None:
    """Begin to write. Waits while another instance writes: it may be upgrading the file, which takes long."""
    _execute_when_free(connection, "BEGIN IMMEDIATE", _MAX_BEGIN_ATTEMPTS, lambda: report(WAIT, 0.0))


def _execute_when_free(
    connection: sqlite3.Connection, statement: str, max_attempts: int, between: Callable[[], object]
) -> None:
    """Execute a statement, again while another instance has the file.

    Args:
        connection: The connection.
        statement: The statement.
        max_attempts: How often to try at most.
        between: Called between two attempts.
    """
    for attempt in itertools.count(1):
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as cause:
            if cause.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == max_attempts:
                raise
            between()
        else:
            return


def _version_by_tables(connection: sqlite3.Connection) -> int:
    """The version of a database whose version number is lost. 0 if the tables are not ours."""
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    columns = {row[1] for row in connection.execute("PRAGMA table_info(conversations)")}
    if not columns >= {"id", "title", "created_at", "updated_at", "provider", "model", "head_id"}:
        return 0
    of_messages = {row[1] for row in connection.execute("PRAGMA table_info(messages)")}
    if "parts" in names:
        return 9
    if "allowed_tools" in names:
        return 8
    if "favourites" in names:
        return 7 if "tool" in of_messages else 6
    if "pinned" in columns:
        return 5 if "cached_prompt_tokens" in of_messages else 4
    return 3 if "words" in names else 2 if "answers_by_provider" in names else 1


def _back_up(path: Path, backup: Path, report: Callable[[float], None]) -> None:
    """Copy a database.

    Args:
        path: The database. The caller holds its lock.
        backup: The copy. One that a killed upgrade left there is replaced: copies of every attempt would fill the disk.
        report: Called with the part that is copied.
    """
    backup.unlink(missing_ok=True)
    # SQLite would create a file that other users can read.
    os.close(os.open(backup, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.ExitStack() as opened:
        # A separate connection: the backup API cannot copy from one with an open write transaction.
        source = opened.enter_context(contextlib.closing(sqlite3.connect(path)))
        copy = opened.enter_context(contextlib.closing(sqlite3.connect(backup)))
        source.backup(
            copy, pages=_BACKUP_PAGES, progress=lambda _, left, total: report(1 - left / total if total else 1.0)
        )
    with backup.open("rb+") as file:
        os.fsync(file.fileno())


def _keep_backup(backup: Path) -> Path:
    """Give a finished backup a name that is not used yet, and return its path."""
    suffixes = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    stem = backup.name.removesuffix(".bak.tmp")
    names = (backup.with_name(f"{stem}{suffix}.bak") for suffix in suffixes)
    kept = next(name for name in names if not name.exists())
    move_to_new_name(backup, kept)
    return kept


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Let readers and one writer work at the same time. SQLite stores this setting in the file."""
    # The busy timeout does not apply to this switch, and instances started at the same time compete for it.
    _execute_when_free(connection, "PRAGMA journal_mode = WAL", _MAX_WAL_ATTEMPTS, lambda: time.sleep(_WAL_RETRY_S))
