"""Tables and migrations: from every older version to the present one, and not from a newer one."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from tests.store.factories import is_sound, raw_connection, save_turn, store_in
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store import schema
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.schema import MIGRATIONS, prepare
from tui.store.store_work import ignore_work


def write_version(path: Path, version: int) -> None:
    """Create a file of an older version, with a conversation in it."""
    with raw_connection(path) as connection:
        prepare(connection, path, MIGRATIONS[:version])
        connection.execute(
            "INSERT INTO conversations (id, title, created_at, updated_at, provider, model, head_id) "
            "VALUES ('c', 'Old', 1.0, 2.0, 'ollama', 'llama', 'q')"
        )
        connection.execute(
            "INSERT INTO messages (id, conversation_id, role, content, thinking, tool_calls, created_at, provider, "
            "model, outcome) VALUES ('q', 'c', 'user', 'hi', '', '[]', 1.0, '', '', 'complete')"
        )


def add_messages(path: Path, count: int) -> None:
    """Add messages to the conversation of `write_version`."""
    with raw_connection(path) as connection:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO messages (id, conversation_id, role, content, thinking, tool_calls, created_at, provider, "
            "model, outcome) VALUES (?, 'c', 'user', ?, '', '[]', 1.0, '', '', 'complete')",
            ((f"m{number}", f"number {number}") for number in range(count)),
        )
        connection.execute("COMMIT")


def version_of(path: Path) -> int:
    with raw_connection(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def contents(path: Path) -> list[str]:
    with raw_connection(path) as connection:
        return list(connection.iterdump())


def backups_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.bak*"))


def test_new_file_has_newest_version_and_no_backup(tmp_path: Path) -> None:
    with store_in(tmp_path):
        assert version_of(tmp_path / FILE_NAME) == len(MIGRATIONS)
    assert backups_in(tmp_path) == []


def test_empty_file_needs_no_backup(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with store_in(tmp_path) as store:
        assert store.recent(1) == ()
    assert backups_in(tmp_path) == []


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_older_file_is_backed_up_and_migrated(tmp_path: Path, version: int) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, version)
    before = contents(path)

    with store_in(tmp_path) as store:
        assert [message.content for message in store.load("c").path] == ["hi"]
        save_turn(store, store.load("c"), 1)

    backup = tmp_path / f"{FILE_NAME}.v{version}.bak"
    assert version_of(path) == len(MIGRATIONS)
    assert is_sound(tmp_path)
    assert contents(backup) == before
    assert version_of(backup) == version
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_migrated_tables_equal_new_ones(tmp_path: Path) -> None:
    tables = set()
    for version in range(1, len(MIGRATIONS) + 1):
        folder = tmp_path / str(version)
        folder.mkdir()
        write_version(folder / FILE_NAME, version)
        with store_in(folder) as store:
            store.delete("c")
        tables.add(tuple(contents(folder / FILE_NAME)))
    assert len(tables) == 1


def test_nonempty_file_of_version_0_is_backed_up(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with raw_connection(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.execute("INSERT INTO notes VALUES ('keep me')")
    before = contents(path)

    with store_in(tmp_path) as store:
        save_turn(store, Conversation("c"), 1)

    assert contents(tmp_path / f"{FILE_NAME}.v0.bak") == before


def test_backup_never_overwrites_another(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / FILE_NAME).unlink(missing_ok=True)
        write_version(tmp_path / FILE_NAME, 1)
        with store_in(tmp_path):
            pass

    assert backups_in(tmp_path) == [f"{FILE_NAME}.v1.2.bak", f"{FILE_NAME}.v1.3.bak", f"{FILE_NAME}.v1.bak"]


def test_newer_file_is_rejected_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    newest = len(MIGRATIONS)
    with raw_connection(path) as connection:
        connection.execute(f"PRAGMA user_version = {newest + 3}")
    before = path.read_bytes()

    with pytest.raises(StoreError) as caught:
        ConversationStore(tmp_path)

    assert str(path) in str(caught.value)
    assert f"file version {newest + 3}; this llm-tui supports up to {newest}" in str(caught.value)
    assert "Update llm-tui" in caught.value.hint
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [FILE_NAME]


def test_failed_migration_leaves_file_unchanged_and_no_backup(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    before = contents(path)

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE messages")
        connection.execute("not SQL")

    for _ in range(2):
        with raw_connection(path) as connection, pytest.raises(sqlite3.OperationalError, match="syntax error"):
            prepare(connection, path, (MIGRATIONS[0], fail))

    assert contents(path) == before
    assert version_of(path) == 1
    assert backups_in(tmp_path) == []


def test_upgrade_reports_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    add_messages(path, 2_000)
    reports: list[float] = []
    with raw_connection(path) as connection:
        prepare(connection, path, report=lambda name, fraction: reports.append(fraction))
    assert len(reports) >= 5
    assert reports == sorted(reports)
    assert reports[-1] == 1.0


def test_stopped_upgrade_leaves_file_unchanged_and_no_backup(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 2)
    add_messages(path, 2_000)
    before = contents(path)

    for at in (0.0, 0.05, 0.5):

        def stop(_: str, fraction: float, at: float = at) -> None:
            if fraction >= at:
                raise StoreError("stopped")

        with raw_connection(path) as connection, pytest.raises(StoreError, match="stopped"):
            prepare(connection, path, report=stop)
        assert contents(path) == before
        assert version_of(path) == 2
        assert backups_in(tmp_path) == []


def test_upgrade_waits_for_the_one_of_another_instance(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 2)
    with raw_connection(path) as first, raw_connection(path) as second:
        reports: list[str] = []

        def report(name: str, _: float) -> None:
            reports.append(name)
            if len(reports) == 3:
                first.execute("ROLLBACK")

        first.execute("BEGIN IMMEDIATE")
        prepare(second, path, report=report)
    assert reports[:4] == ["waiting for another llm-tui"] * 3 + ["upgrading conversations"]
    assert version_of(path) == len(MIGRATIONS)


def test_rollback_by_sqlite_in_migration_keeps_its_error(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)

    def run_out_of_space(connection: sqlite3.Connection) -> None:
        # SQLite rolls back by itself when the disk is full.
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    with raw_connection(path) as connection, pytest.raises(sqlite3.OperationalError, match="full"):
        prepare(connection, path, (MIGRATIONS[0], run_out_of_space))
    assert version_of(path) == 1


def test_failed_backup_prevents_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    before = contents(path)
    connect = sqlite3.connect

    def connect_unless_copy(name: Path) -> sqlite3.Connection:
        if name.suffix == ".tmp":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(name)

    with raw_connection(path) as connection:
        monkeypatch.setattr("tui.store.schema.sqlite3.connect", connect_unless_copy)
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            prepare(connection, path)
        monkeypatch.undo()

    assert contents(path) == before
    assert backups_in(tmp_path) == []


def test_migration_may_recreate_a_referenced_table(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))

    def recreate_table(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE anew (id TEXT PRIMARY KEY, title TEXT NOT NULL, pinned INTEGER)")
        connection.execute("INSERT INTO anew SELECT id, title, 0 FROM conversations")
        connection.execute("DROP TABLE conversations")
        connection.execute("ALTER TABLE anew RENAME TO conversations")

    with raw_connection(path) as connection:
        prepare(connection, path, (*MIGRATIONS, recreate_table))
        assert connection.execute("SELECT id, pinned FROM conversations").fetchall() == [("c", 0)]
        assert connection.execute("SELECT id FROM messages").fetchall() == [("q",)]
    assert is_sound(tmp_path)


def test_only_one_of_two_instances_migrates(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    with raw_connection(path) as late:
        # Migrated after `late` has checked the version.
        with raw_connection(path) as first:
            prepare(first, path)
        schema._migrate(late, path, MIGRATIONS, ignore_work)

    assert version_of(path) == len(MIGRATIONS)
    assert backups_in(tmp_path) == [f"{FILE_NAME}.v1.bak"]


def test_connection_pragmas(store: ConversationStore) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [store._database.connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]

    assert found == ["wal", 1, 1, 5000]


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_MAX_WAL_ATTEMPTS", 3)
    monkeypatch.setattr(schema, "_WAL_RETRY_S", 0)


@pytest.mark.usefixtures("short_timeouts")
def test_wal_switch_fails_while_another_reads(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))
    with raw_connection(path) as reader, raw_connection(path) as connection:
        reader.execute("PRAGMA journal_mode = DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchall()

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            prepare(connection, path)
        reader.execute("COMMIT")
        prepare(connection, path)

        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_wal_switch_is_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))
    with raw_connection(path) as reader, raw_connection(path) as connection:
        reader.execute("PRAGMA journal_mode = DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchall()
        monkeypatch.setattr("tui.store.schema.time.sleep", lambda _: reader.execute("COMMIT"))

        prepare(connection, path)

        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_wal_switch_of_read_only_file_fails_immediately(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.store.schema.time.sleep", lambda _: pytest.fail("waited"))
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))
    with raw_connection(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    readable = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            prepare(readable, path)
    finally:
        readable.close()
