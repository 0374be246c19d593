"""Database: opening, transactions, error translation."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from tests.store.factories import (
    raw_connection,
    save_turn,
    store_in,
)
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store import database as database_module
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.database import Database

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")
LONG = "word " * 20_000


def test_files_are_private_to_the_user(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "llm-tui"
    with store_in(folder) as store:
        save_turn(store, NEW, 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}

    assert modes.pop("llm-tui") == modes.pop("instances") == 0o700
    assert FILE_NAME in modes
    assert set(modes.values()) == {0o600}


def test_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.touch(0o640)
    path.chmod(0o640)
    with store_in(tmp_path) as store:
        store.add(NEW)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_read_only_file_loads_and_rejects_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_in(tmp_path) as store:
        conversation = save_turn(store, NEW, 1)
    monkeypatch.setattr(database_module, "must_open_read_only", lambda path: True)
    with store_in(tmp_path) as store:
        assert store.load("c") == conversation
        with pytest.raises(StoreError, match="the file is not writable"):
            save_turn(store, conversation, 2)
        # The unsaved turn is still available in memory.
        assert len(store.load("c").messages) == 4


def test_read_only_file_of_older_version_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_in(tmp_path):
        pass
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 1")
    monkeypatch.setattr(database_module, "must_open_read_only", lambda path: True)
    with pytest.raises(StoreError, match="older llm-tui"):
        ConversationStore(tmp_path)


def test_transaction_rolls_back_if_the_block_raises() -> None:
    database = Database(None)

    def insert_and_fail() -> None:
        with database.transaction():
            database.connection.execute("INSERT INTO drafts VALUES ('c', 'text')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        insert_and_fail()

    assert database.query("SELECT * FROM drafts") == []
    database.close()


def test_sqlite_errors_become_store_errors() -> None:
    database = Database(None)
    for run in (database.query, database.query_one, database.change):
        with pytest.raises(StoreError, match="syntax error") as caught:
            run("not SQL")
        assert isinstance(caught.value.__cause__, sqlite3.Error)
    database.close()


def test_query_one_returns_first_row_or_none() -> None:
    database = Database(None)
    assert database.query_one("SELECT text FROM drafts") is None

    database.change("INSERT INTO drafts VALUES ('c', ?)", "first")
    database.change("INSERT INTO drafts VALUES ('d', ?)", "second")

    row = database.query_one("SELECT text FROM drafts ORDER BY conversation_id")
    assert row is not None
    assert row["text"] == "first"
    assert not database.connection.in_transaction
    database.close()
