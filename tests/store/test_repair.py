"""Databases in which something is missing or damaged: it is made anew, and the conversations are there."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.store.factories import is_sound, raw_connection, save_turn, store_in
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.repair import COLUMNS, INDEX_TABLES, OTHER_NAMES
from tui.store.schema import MIGRATIONS, create_all

TABLES = sorted(COLUMNS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one conversation."""
    with store_in(tmp_path) as store:
        save_turn(store, Conversation("c", "Cats", created_at=1.0), 1, "needle")
        store.set_draft("c", "unsent")
    return tmp_path


def execute(folder: Path, *statements: str) -> None:
    with raw_connection(folder / FILE_NAME) as connection:
        for statement in statements:
            connection.execute(statement)


def contents(store: ConversationStore) -> list[str]:
    return [message.content for message in store.load("c").path]


def has_everything(folder: Path) -> bool:
    with raw_connection(folder / FILE_NAME) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return names >= COLUMNS.keys() | INDEX_TABLES | OTHER_NAMES


def test_expected_names_are_those_of_a_new_database() -> None:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create_all(connection)
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")}
        assert names == COLUMNS.keys() | INDEX_TABLES | OTHER_NAMES
        for table, columns in COLUMNS.items():
            assert {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")} == columns


@pytest.mark.parametrize("table", TABLES)
def test_missing_table_is_created(folder: Path, table: str) -> None:
    execute(folder, f"DROP TABLE {table}")
    with store_in(folder) as store:
        save_turn(store, Conversation("d", "Dogs", created_at=2.0), 2, "needle")
        assert "d" in {found.conversation_id for found in store.search("needle", 9)}
        assert "d" in {summary.id for summary in store.recent(9)}
    assert has_everything(folder)
    assert is_sound(folder)


def test_conversations_are_recovered_from_their_messages(folder: Path) -> None:
    execute(folder, "DROP TABLE conversations")
    with store_in(folder) as store:
        assert contents(store) == ["needle", "Hello"]
        assert store.recent(9)[0].title == "Recovered conversation"


@pytest.mark.parametrize("name", sorted(OTHER_NAMES))
def test_missing_index_or_trigger_is_created(folder: Path, name: str) -> None:
    with raw_connection(folder / FILE_NAME) as connection:
        (kind,) = connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        connection.execute(f"DROP {kind} {name}")
    with store_in(folder) as store:
        assert contents(store) == ["needle", "Hello"]
    assert has_everything(folder)


@pytest.mark.parametrize("column", sorted(COLUMNS["messages"] - {"id", "seq", "conversation_id", "role", "model"}))
def test_missing_column_is_added(folder: Path, column: str) -> None:
    triggers = ("words_of_new", "words_of_gone", "words_of_changed")
    execute(
        folder,
        *(f"DROP TRIGGER {name}" for name in triggers),
        "DROP INDEX answers_by_provider",
        f"ALTER TABLE messages DROP COLUMN {column}",
    )
    with store_in(folder) as store:
        assert len(store.load("c").messages) == 2
        save_turn(store, store.load("c"), 3)
    assert has_everything(folder)


@pytest.mark.parametrize("name", sorted(INDEX_TABLES))
def test_missing_search_index_is_rebuilt(folder: Path, name: str) -> None:
    execute(
        folder,
        "PRAGMA writable_schema = ON",
        f"DELETE FROM sqlite_master WHERE name = '{name}'",
        "PRAGMA writable_schema = RESET",
    )
    with store_in(folder) as store:
        assert [found.message_id for found in store.search("needle", 9)] == ["q1"]
        save_turn(store, store.load("c"), 2, "needle")
        assert len(store.search("needle", 9)) == 2


DAMAGE = {
    "no data": "DELETE FROM words_data",
    "no structure": "DELETE FROM words_data WHERE id = 10",
    "wrong data": "UPDATE words_data SET block = x'ffffffffffffffffffffffff'",
    "wrong segments": "UPDATE words_data SET block = x'ffffffff' WHERE id > 10",
    "no version": "DELETE FROM words_config",
    "other version": "UPDATE words_config SET v = 77",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_search_index_is_rebuilt(folder: Path, damage: str) -> None:
    execute(folder, damage)
    with store_in(folder) as store:
        save_turn(store, store.load("c"), 2, "needle")
        assert sorted(found.message_id for found in store.search("needle", 9)) == ["q1", "q2"]
        store.delete("c")
    assert is_sound(folder)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_search_index_damaged_meanwhile_is_rebuilt(folder: Path, damage: str) -> None:
    with store_in(folder) as store:
        conversation = store.load("c")
        execute(folder, damage)
        conversation = save_turn(store, conversation, 2, "needle")
        assert sorted(found.message_id for found in store.search("needle", 9)) == ["q1", "q2"]
        assert store.load("c") == conversation


@pytest.mark.parametrize("version", [-1, -(2**31), 0])
def test_lost_version_number_is_found_by_the_tables(folder: Path, version: int) -> None:
    execute(folder, f"PRAGMA user_version = {version}")
    with store_in(folder) as store:
        assert contents(store) == ["needle", "Hello"]
        assert store.draft("c") == "unsent"
    with raw_connection(folder / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert len(list(folder.glob("*.bak"))) == 1


def test_negative_version_of_an_empty_file_is_ignored(tmp_path: Path) -> None:
    execute(tmp_path, "PRAGMA user_version = -3")
    with store_in(tmp_path) as store:
        save_turn(store, Conversation("c"), 1)


def test_table_of_another_program_is_rejected_and_unchanged(tmp_path: Path) -> None:
    execute(tmp_path, "CREATE TABLE conversations (theirs)", f"PRAGMA user_version = {len(MIGRATIONS)}")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreError, match="the table conversations has no column id"):
        ConversationStore(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before
