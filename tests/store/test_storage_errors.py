"""Full disks, locked, damaged and missing files: told in words, and nothing that can be kept is lost."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.factories import begin, database, end, is_sound, keep_begun, keep_ended, keep_turn, store_in
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store import connection
from tui.store.conversations import FILE_NAME, INTERRUPTED, ConversationStore
from tui.store.store_errors import translate_error

NEW = Conversation("c", created_at=0.5)
LONG = "word " * 20_000


@contextlib.contextmanager
def full_disk(store: ConversationStore) -> Iterator[None]:
    """Let the file of a store grow no more."""
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    store._connection.execute("PRAGMA max_page_count = 1000000")


@contextlib.contextmanager
def read_only(store: ConversationStore) -> Iterator[None]:
    """Let nothing be written through a store."""
    store._connection.execute("PRAGMA query_only = ON")
    yield
    store._connection.execute("PRAGMA query_only = OFF")


@pytest.fixture
def without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE_S", 0.0)


def test_a_full_disk_is_told_and_what_was_kept_stays(store: ConversationStore, tmp_path: Path) -> None:
    said = keep_turn(store, NEW, 1)
    with full_disk(store), pytest.raises(StoreError, match=r"cannot be kept in .*: the disk is full") as full:
        keep_begun(store, begin(said, 2, LONG))

    assert "Make room" in full.value.hint
    assert str(tmp_path / FILE_NAME) in str(full.value)
    assert isinstance(full.value.__cause__, sqlite3.Error)
    with store_in(tmp_path) as other:
        assert other.load("c") == said
    assert is_sound(tmp_path)


def test_what_a_full_disk_kept_out_is_kept_with_the_next_turn(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1, LONG)
    ended = end(begun)
    with full_disk(store):
        with pytest.raises(StoreError):
            keep_begun(store, begun)
        with pytest.raises(StoreError):
            keep_ended(store, ended)

    said = keep_turn(store, ended, 2)

    with store_in(tmp_path) as other:
        assert other.load("c") == said


def test_a_turn_whose_beginning_was_kept_out_is_kept_while_it_grows(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1, LONG)
    with full_disk(store):
        with pytest.raises(StoreError):
            keep_begun(store, begun)
        with pytest.raises(StoreError):
            store.append_to_answer("a1", "Hel", "Hm")
    store.append_to_answer("a1", "lo", "")
    store.append_to_answer("a1", "!", "m")

    with store_in(tmp_path) as other:
        loaded = other.load("c")
    assert loaded.path[0].content == LONG
    assert (loaded.path[1].content, loaded.path[1].thinking) == ("Hello!", "Hmm")


def test_a_piece_that_was_kept_out_leaves_no_hole(store: ConversationStore, tmp_path: Path) -> None:
    keep_begun(store, begin(NEW, 1))
    store.append_to_answer("a1", "a", "")
    with full_disk(store):
        with pytest.raises(StoreError):
            store.append_to_answer("a1", LONG, "")
        with pytest.raises(StoreError):
            store.append_to_answer("a1", "b", "t")
    store.append_to_answer("a1", "c", "")

    with store_in(tmp_path) as other:
        answer = other.load("c").path[-1]
    assert (answer.content, answer.thinking) == (f"a{LONG}bc", "t")


def test_an_end_that_was_kept_out_is_kept_with_the_next_turn(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    keep_begun(store, begun)
    store.append_to_answer("a1", "Hel", "")
    ended = end(begun, "Hello")
    with read_only(store), pytest.raises(StoreError):
        keep_ended(store, ended)

    said = keep_turn(store, ended, 2)

    with store_in(tmp_path) as other:
        assert other.load("c") == said


def test_an_end_that_was_kept_out_is_kept_on_closing(tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    ended = end(begun, "Hello")
    with store_in(tmp_path) as store:
        keep_begun(store, begun)
        with read_only(store), pytest.raises(StoreError):
            keep_ended(store, ended)

    with store_in(tmp_path) as store:
        assert store.load("c") == ended


def test_a_conversation_that_was_kept_out_is_still_there_in_memory(store: ConversationStore) -> None:
    begun = begin(NEW, 1)
    keep_begun(store, begun)
    ended = end(begun, LONG)
    with full_disk(store):
        with pytest.raises(StoreError):
            keep_ended(store, ended)
        assert store.load("c") == ended

    store.delete("c")
    with pytest.raises(StoreError, match="no longer there"):
        store.load("c")


def test_a_store_that_can_keep_nothing_more_closes_all_the_same(tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    with store_in(tmp_path) as store:
        keep_begun(store, begun)
        store.append_to_answer("a1", "Hel", "")
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError):
            keep_ended(store, end(begun, "Hello"))

    with store_in(tmp_path) as store:
        answer = store.load("c").path[-1]
    assert (answer.content, answer.failure) == ("Hel", INTERRUPTED)


def test_a_transaction_that_the_system_ended_by_itself_is_told_by_its_cause(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        said = keep_turn(store, NEW, 1)
        with database(tmp_path / FILE_NAME) as connection:
            # As some failures of a disk do.
            connection.execute(
                "CREATE TRIGGER fail BEFORE UPDATE ON conversations BEGIN SELECT RAISE(ROLLBACK, 'gone'); END"
            )
        with pytest.raises(StoreError, match="gone"):
            keep_begun(store, begin(said, 2))
        with database(tmp_path / FILE_NAME) as connection:
            connection.execute("DROP TRIGGER fail")

        assert keep_turn(store, begin(said, 2), 3) == store.load("c")


def test_a_file_that_may_not_be_written_is_told(store: ConversationStore) -> None:
    with read_only(store), pytest.raises(StoreError, match="it cannot be written") as refused:
        store.rename("c", "title")

    assert "Make it writable" in refused.value.hint
    assert "--data-dir" in refused.value.hint


@pytest.mark.usefixtures("without_patience")
def test_another_instance_that_writes_for_too_long_is_told(tmp_path: Path) -> None:
    with store_in(tmp_path) as store, database(tmp_path / FILE_NAME) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another instance has been writing for too long"):
            keep_begun(store, begin(NEW, 1))
        # Reading goes on.
        assert store.recent(1) == ()
        other.execute("COMMIT")

        said = keep_turn(store, NEW, 1)

        assert store.load("c") == said


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="it cannot be opened") as refused:
        ConversationStore(tmp_path)

    assert "--data-dir" in refused.value.hint


@pytest.mark.parametrize("inside", ["", "below"])
def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "data"
    path.write_text("mine")
    with pytest.raises(StoreError, match="there is a file where its folder is to be"):
        ConversationStore(path / inside)

    assert path.read_text() == "mine"


def test_a_place_for_locks_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "instances").touch()
    with pytest.raises(StoreError, match="there is a file where its folder is to be"):
        ConversationStore(tmp_path)


def test_a_folder_that_the_system_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="File name too long"):
        ConversationStore(tmp_path / ("x" * 5_000))


def test_a_file_that_is_something_else_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text("a letter to a friend\n" * 500)
    before = path.read_bytes()

    with pytest.raises(StoreError, match="damaged, or is something else") as refused:
        ConversationStore(tmp_path)

    assert "left as it is" in refused.value.hint
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [FILE_NAME]


def test_a_damaged_file_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep_begun(store, begin(NEW, 1, LONG))
    path = tmp_path / FILE_NAME
    with database(path) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_master WHERE name IN ('conversations', 'messages')")
        pages = [page - 1 for (page,) in roots]
    # What tells of the tables is whole, and the tables are not.
    damaged = bytearray(path.read_bytes())
    for page in pages:
        damaged[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    path.write_bytes(damaged)
    before = path.read_bytes()

    with store_in(tmp_path) as store, pytest.raises(StoreError, match="damaged"):
        store.load("c")

    assert path.read_bytes() == before


def test_tables_of_somebody_else_are_told_and_left_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with database(path) as connection:
        connection.execute("CREATE TABLE conversations (theirs)")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="table conversations already exists"):
        ConversationStore(tmp_path)

    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "it cannot be written"),
        (errno.EROFS, "it cannot be written"),
        (errno.EIO, "words of the system"),
    ],
)
def test_what_the_system_refuses_is_told_with_what_to_do(number: int, said: str) -> None:
    error = translate_error(OSError(number, "words of the system"), Path("somewhere"))

    assert str(error) == f"Conversations cannot be kept in somewhere: {said}."
    assert error.hint


def test_an_error_without_a_number_is_told_in_its_words() -> None:
    for cause in (OSError("odd"), sqlite3.OperationalError("odd")):
        assert str(translate_error(cause, None)) == "Conversations cannot be kept in memory: odd."
