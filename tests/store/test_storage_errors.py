"""Full disks and locked, damaged or missing files: error messages, and no loss of data."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.store.factories import (
    begin,
    end,
    full_disk,
    is_sound,
    raw_connection,
    read_only,
    save_begun,
    save_ended,
    save_turn,
    store_in,
)
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store import database
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.loading import INTERRUPTED
from tui.store.store_errors import translate_error

NEW = Conversation("c", created_at=0.5)
LONG = "word " * 20_000


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.0)


def test_full_disk_fails_and_saved_messages_stay(store: ConversationStore, tmp_path: Path) -> None:
    conversation = save_turn(store, NEW, 1)
    with (
        full_disk(store),
        pytest.raises(StoreError, match=r"Cannot save or load conversations in .*: the disk is full") as full,
    ):
        save_begun(store, begin(conversation, 2, LONG))

    assert "Free some space" in full.value.hint
    assert str(tmp_path / FILE_NAME) in str(full.value)
    assert isinstance(full.value.__cause__, sqlite3.Error)
    with store_in(tmp_path) as other:
        assert other.load("c") == conversation
    assert is_sound(tmp_path)


def test_store_closes_if_it_cannot_save(tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    with store_in(tmp_path) as store:
        save_begun(store, begun)
        store.append_to_answer("a1", "Hel", "")
        store._database.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError):
            save_ended(store, end(begun, "Hello"))

    with store_in(tmp_path) as store:
        answer = store.load("c").path[-1]
    assert (answer.content, answer.failure) == ("Hel", INTERRUPTED)


def test_rollback_by_sqlite_keeps_its_error(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        conversation = save_turn(store, NEW, 1)
        with raw_connection(tmp_path / FILE_NAME) as connection:
            # Some disk failures make SQLite roll back by itself.
            connection.execute(
                "CREATE TRIGGER fail BEFORE UPDATE ON conversations BEGIN SELECT RAISE(ROLLBACK, 'gone'); END"
            )
        with pytest.raises(StoreError, match="gone"):
            save_begun(store, begin(conversation, 2))
        with raw_connection(tmp_path / FILE_NAME) as connection:
            connection.execute("DROP TRIGGER fail")

        assert save_turn(store, begin(conversation, 2), 3) == store.load("c")


def test_read_only_connection_says_not_writable(store: ConversationStore) -> None:
    with read_only(store), pytest.raises(StoreError, match="the file is not writable") as refused:
        store.rename("c", "title")

    assert "Make it writable" in refused.value.hint
    assert "--data-dir" in refused.value.hint


@pytest.mark.usefixtures("short_timeouts")
def test_long_write_of_another_instance_is_an_error(tmp_path: Path) -> None:
    with store_in(tmp_path) as store, raw_connection(tmp_path / FILE_NAME) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another llm-tui is writing to the file"):
            save_begun(store, begin(NEW, 1))
        # Reading is still possible.
        assert store.recent(1) == ()
        other.execute("COMMIT")

        conversation = save_turn(store, NEW, 1)

        assert store.load("c") == conversation


def test_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="the file cannot be opened") as refused:
        ConversationStore(tmp_path)

    assert "--data-dir" in refused.value.hint


@pytest.mark.parametrize("inside", ["", "below"])
def test_file_in_place_of_the_folder_is_an_error(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "data"
    path.write_text("mine")
    with pytest.raises(StoreError, match="a file exists where its folder should be"):
        ConversationStore(path / inside)

    assert path.read_text() == "mine"


def test_file_in_place_of_the_lock_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "instances").touch()
    with pytest.raises(StoreError, match="a file exists where its folder should be"):
        ConversationStore(tmp_path)


def test_other_system_error_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="File name too long"):
        ConversationStore(tmp_path / ("x" * 5_000))


def test_file_that_is_not_a_database_is_rejected_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text("a letter to a friend\n" * 500)
    before = path.read_bytes()

    with pytest.raises(StoreError, match="damaged or is not a database") as refused:
        ConversationStore(tmp_path)

    assert "was not changed" in refused.value.hint
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [FILE_NAME]


def test_damaged_file_is_an_error_and_unchanged(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        save_begun(store, begin(NEW, 1, LONG))
    path = tmp_path / FILE_NAME
    with raw_connection(path) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_master WHERE name IN ('conversations', 'messages')")
        pages = [page - 1 for (page,) in roots]
    # Damage the tables but not the schema.
    damaged = bytearray(path.read_bytes())
    for page in pages:
        damaged[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    path.write_bytes(damaged)
    before = path.read_bytes()

    with store_in(tmp_path) as store, pytest.raises(StoreError, match="damaged"):
        store.load("c")

    assert path.read_bytes() == before


def test_foreign_database_is_rejected_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with raw_connection(path) as connection:
        connection.execute("CREATE TABLE conversations (theirs)")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="table conversations already exists"):
        ConversationStore(tmp_path)

    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [FILE_NAME]


def test_deleted_file_is_reported_and_nothing_is_lost_in_memory(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with store_in(folder) as store:
        begun = begin(save_turn(store, NEW, 1), 2)
        shutil.rmtree(folder)
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            save_begun(store, begun)
        assert store.load("c") == begun
    assert not folder.exists()


def test_file_that_became_read_only_is_an_error_for_readers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_in(tmp_path) as store:
        conversation = save_turn(store, NEW, 1)
        begun = begin(conversation, 2)
        monkeypatch.setattr("tui.store.database.os.access", lambda *_: False)
        for use in (
            lambda: save_begun(store, begun),
            lambda: store.recent(1),
            lambda: store.last_prompts(1),
            lambda: store.search("hi", 1),
            lambda: store.draft("c"),
        ):
            with pytest.raises(StoreError, match="the file is not writable"):
                use()
        # What could not be saved is still there.
        assert store.load("c") == begun
        monkeypatch.undo()
        assert store.recent(1)[0].id == "c"
        save_ended(store, end(begun))
    with store_in(tmp_path) as store:
        assert len(store.load("c").messages) == 4


def test_store_that_became_read_only_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_in(tmp_path) as store:
        save_turn(store, NEW, 1)
        monkeypatch.setattr("tui.store.database.os.access", lambda *_: False)
    monkeypatch.undo()
    with store_in(tmp_path) as store:
        assert len(store.load("c").messages) == 2


def test_replaced_file_is_not_written_to(tmp_path: Path) -> None:
    with store_in(tmp_path / "a") as store, store_in(tmp_path / "b") as other:
        save_turn(other, NEW, 1)
        (tmp_path / "b" / FILE_NAME).rename(tmp_path / "a" / FILE_NAME)
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            store.rename("c", "Mine")


def test_file_that_is_put_back_is_used_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        begun = begin(save_turn(store, NEW, 1), 2)
        path = tmp_path / FILE_NAME
        path.rename(tmp_path / "away")
        with pytest.raises(StoreError, match="was moved"):
            save_begun(store, begun)
        (tmp_path / "away").rename(path)
        save_ended(store, end(begun))
    with store_in(tmp_path) as store:
        assert [message.content for message in store.load("c").path] == ["hi", "Hello", "hi", "Hello"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "the file is not writable"),
        (errno.EROFS, "the file is not writable"),
        (errno.EIO, "system message"),
    ],
)
def test_system_errors_have_a_reason_and_a_hint(number: int, reason: str) -> None:
    error = translate_error(OSError(number, "system message"), Path("somewhere"))

    assert str(error) == f"Cannot save or load conversations in somewhere: {reason}."
    assert error.hint


def test_error_without_a_code_is_quoted() -> None:
    for cause in (OSError("odd"), sqlite3.OperationalError("odd")):
        assert str(translate_error(cause, None)) == "Cannot save or load conversations in memory: odd."
