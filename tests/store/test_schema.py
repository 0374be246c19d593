"""Tables and migrations: from every older version to this one, and not from a newer one."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from tests.store.factories import database, is_sound, keep_turn, store_in
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store import schema
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.schema import MIGRATIONS, make_ready


def write_version(path: Path, version: int) -> None:
    """Make a file as an older llm-tui made it, with a conversation in it."""
    with database(path) as connection:
        make_ready(connection, path, MIGRATIONS[:version])
        connection.execute(
            "INSERT INTO conversations (id, title, created_at, updated_at, provider, model, head_id) "
            "VALUES ('c', 'Old', 1.0, 2.0, 'ollama', 'llama', 'q')"
        )
        connection.execute(
            "INSERT INTO messages (id, conversation_id, role, content, thinking, tool_calls, created_at, provider, "
            "model, outcome) VALUES ('q', 'c', 'user', 'hi', '', '[]', 1.0, '', '', 'complete')"
        )


def version_of(path: Path) -> int:
    with database(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def contents(path: Path) -> list[str]:
    with database(path) as connection:
        return list(connection.iterdump())


def backups_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.bak*"))


def test_a_new_file_is_of_the_newest_version_and_needs_no_copy(tmp_path: Path) -> None:
    with store_in(tmp_path):
        assert version_of(tmp_path / FILE_NAME) == len(MIGRATIONS)
    assert backups_in(tmp_path) == []


def test_an_empty_file_needs_no_copy(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with store_in(tmp_path) as store:
        assert store.recent(1) == ()
    assert backups_in(tmp_path) == []


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_older_file_is_brought_up_to_date_and_copied_first(tmp_path: Path, version: int) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, version)
    before = contents(path)

    with store_in(tmp_path) as store:
        assert [message.content for message in store.load("c").path] == ["hi"]
        keep_turn(store, store.load("c"), 1)

    backup = tmp_path / f"{FILE_NAME}.v{version}.bak"
    assert version_of(path) == len(MIGRATIONS)
    assert is_sound(tmp_path)
    assert contents(backup) == before
    assert version_of(backup) == version
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_the_tables_are_the_same_however_old_the_file_was(tmp_path: Path) -> None:
    tables = set()
    for version in range(1, len(MIGRATIONS) + 1):
        folder = tmp_path / str(version)
        folder.mkdir()
        write_version(folder / FILE_NAME, version)
        with store_in(folder) as store:
            store.delete("c")
        tables.add(tuple(contents(folder / FILE_NAME)))
    assert len(tables) == 1


def test_a_file_of_version_0_with_something_in_it_is_copied_first(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with database(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.execute("INSERT INTO notes VALUES ('keep me')")
    before = contents(path)

    with store_in(tmp_path) as store:
        keep_turn(store, Conversation("c"), 1)

    assert contents(tmp_path / f"{FILE_NAME}.v0.bak") == before


def test_a_copy_never_takes_the_place_of_another(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / FILE_NAME).unlink(missing_ok=True)
        write_version(tmp_path / FILE_NAME, 1)
        with store_in(tmp_path):
            pass

    assert backups_in(tmp_path) == [f"{FILE_NAME}.v1.2.bak", f"{FILE_NAME}.v1.3.bak", f"{FILE_NAME}.v1.bak"]


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    newest = len(MIGRATIONS)
    with database(path) as connection:
        connection.execute(f"PRAGMA user_version = {newest + 3}")
    before = path.read_bytes()

    with pytest.raises(StoreError) as refused:
        ConversationStore(tmp_path)

    assert str(path) in str(refused.value)
    assert f"its version {newest + 3}; this one knows {newest}" in str(refused.value)
    assert "Update llm-tui" in refused.value.hint
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [FILE_NAME]


def test_a_migration_that_fails_leaves_the_file_as_it_was_and_no_copy(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    before = contents(path)

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE messages")
        connection.execute("this is no SQL")

    for _ in range(2):
        with database(path) as connection, pytest.raises(sqlite3.OperationalError, match="syntax error"):
            make_ready(connection, path, (MIGRATIONS[0], fail))

    assert contents(path) == before
    assert version_of(path) == 1
    assert backups_in(tmp_path) == []


def test_a_migration_whose_transaction_the_system_ended_says_why(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)

    def run_out_of_room(connection: sqlite3.Connection) -> None:
        # As a full disk does.
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    with database(path) as connection, pytest.raises(sqlite3.OperationalError, match="full"):
        make_ready(connection, path, (MIGRATIONS[0], run_out_of_room))
    assert version_of(path) == 1


def test_without_a_copy_there_is_no_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    before = contents(path)
    connect = sqlite3.connect

    def connect_unless_copy(name: Path) -> sqlite3.Connection:
        if name.suffix == ".bak":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(name)

    with database(path) as connection:
        monkeypatch.setattr("tui.store.schema.sqlite3.connect", connect_unless_copy)
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            make_ready(connection, path)
        monkeypatch.undo()

    assert contents(path) == before
    assert backups_in(tmp_path) == []


def test_a_migration_may_make_a_table_anew_that_others_refer_to(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))

    def make_anew(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE anew (id TEXT PRIMARY KEY, title TEXT NOT NULL, pinned INTEGER)")
        connection.execute("INSERT INTO anew SELECT id, title, 0 FROM conversations")
        connection.execute("DROP TABLE conversations")
        connection.execute("ALTER TABLE anew RENAME TO conversations")

    with database(path) as connection:
        make_ready(connection, path, (*MIGRATIONS, make_anew))
        assert connection.execute("SELECT id, pinned FROM conversations").fetchall() == [("c", 0)]
        assert connection.execute("SELECT id FROM messages").fetchall() == [("q",)]
    assert is_sound(tmp_path)


def test_of_two_instances_that_start_at_once_only_one_migrates(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 1)
    with database(path) as late:
        # Behind the back of one that has already seen that there is something to do.
        with database(path) as first:
            make_ready(first, path)
        schema._migrate(late, path, MIGRATIONS)

    assert version_of(path) == len(MIGRATIONS)
    assert backups_in(tmp_path) == [f"{FILE_NAME}.v1.bak"]


def test_a_connection_works_as_crash_safety_and_deleting_need(store: ConversationStore) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [store._connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]

    assert found == ["wal", 1, 1, 5000]


@pytest.fixture
def without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_SWITCHES", 3)
    monkeypatch.setattr(schema, "_PAUSE_S", 0)


@pytest.mark.usefixtures("without_patience")
def test_the_switch_to_wal_is_tried_until_others_have_done_reading(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))
    with database(path) as reader, database(path) as connection:
        reader.execute("PRAGMA journal_mode = DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchall()

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            make_ready(connection, path)
        reader.execute("COMMIT")
        make_ready(connection, path)

        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_instances_that_switch_to_wal_at_once_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))
    with database(path) as reader, database(path) as connection:
        reader.execute("PRAGMA journal_mode = DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchall()
        monkeypatch.setattr("tui.store.schema.time.sleep", lambda _: reader.execute("COMMIT"))

        make_ready(connection, path)

        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_that_may_only_be_read_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.store.schema.time.sleep", lambda _: pytest.fail("waited"))
    path = tmp_path / FILE_NAME
    write_version(path, len(MIGRATIONS))
    with database(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    readable = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            make_ready(readable, path)
    finally:
        readable.close()
