"""StreamWriter: writes during a streaming answer, and failed writes."""

from __future__ import annotations

from dataclasses import replace
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
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.database import Database
from tui.store.stream_writer import StreamWriter

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")
LONG = "word " * 20_000


def test_streaming_answer_loads_with_text_saved_so_far(store: ConversationStore) -> None:
    begun = begin(NEW, 1)
    save_begun(store, begun)
    store.append_to_answer("a1", "", "Hm")
    store.append_to_answer("a1", "Hel", "")
    store.append_to_answer("a1", "lo\x00", " so")

    answer = store.load("c").path[-1]

    assert (answer.content, answer.thinking, answer.outcome) == ("Hello\x00", "Hm so", "streaming")


def test_ended_answer_replaces_its_pieces(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    save_begun(store, begun)
    store.append_to_answer("a1", "Hel", "")
    save_ended(store, end(begun, "Hello"))

    assert store.load("c").path[-1].content == "Hello"
    with raw_connection(tmp_path / FILE_NAME) as connection:
        assert connection.execute("SELECT * FROM pieces").fetchall() == []


def test_continued_answer_keeps_earlier_text_once(store: ConversationStore) -> None:
    begun = begin(NEW, 1)
    save_begun(store, begun)
    store.append_to_answer("a1", "Hel", "")
    continued = replace(begun.path[-1], content="Hel")
    store.begin_turn(begun.with_message(continued), begun.path[0], continued)
    store.append_to_answer("a1", "lo", "")

    assert store.load("c").path[-1].content == "Hello"


def test_append_to_unknown_answer_is_ignored(store: ConversationStore) -> None:
    store.append_to_answer("unknown", "text", "")

    assert store.recent(10) == ()


def test_next_turn_restores_conversation_deleted_elsewhere(tmp_path: Path) -> None:
    with store_in(tmp_path) as here, store_in(tmp_path) as elsewhere:
        conversation = save_turn(here, NEW, 1)
        begun = begin(conversation, 2)
        save_begun(here, begun)
        elsewhere.delete("c")
        here.append_to_answer("a2", "Hel", "")
        assert elsewhere.recent(10) == ()

        ended = end(begun)
        save_ended(here, ended)

        assert elsewhere.load("c") == ended
    assert is_sound(tmp_path)


def test_two_instances_save_turns_of_one_conversation(tmp_path: Path) -> None:
    with store_in(tmp_path) as one, store_in(tmp_path) as two:
        conversation = save_turn(one, NEW, 1)
        here, there = begin(conversation, 2), begin(two.load("c"), 3)
        save_begun(one, here)
        save_begun(two, there)
        save_ended(one, end(here))
        save_ended(two, end(there))

        assert list(one.load("c").messages) == ["q1", "a1", "q2", "a2", "q3", "a3"]


def test_updated_at_never_decreases(tmp_path: Path) -> None:
    with store_in(tmp_path) as one, store_in(tmp_path) as two:
        conversation = save_turn(one, NEW, 1)
        save_turn(one, conversation, 5)
        save_turn(two, conversation, 3)

        assert [summary.updated_at for summary in one.recent(10)] == [5.0]


def test_unsaved_turn_is_saved_with_the_next_turn(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1, LONG)
    ended = end(begun)
    with full_disk(store):
        with pytest.raises(StoreError):
            save_begun(store, begun)
        with pytest.raises(StoreError):
            save_ended(store, ended)

    conversation = save_turn(store, ended, 2)

    with store_in(tmp_path) as other:
        assert other.load("c") == conversation


def test_unsaved_turn_is_saved_with_its_next_text(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1, LONG)
    with full_disk(store):
        with pytest.raises(StoreError):
            save_begun(store, begun)
        with pytest.raises(StoreError):
            store.append_to_answer("a1", "Hel", "Hm")
    store.append_to_answer("a1", "lo", "")
    store.append_to_answer("a1", "!", "m")

    with store_in(tmp_path) as other:
        loaded = other.load("c")
    assert loaded.path[0].content == LONG
    assert (loaded.path[1].content, loaded.path[1].thinking) == ("Hello!", "Hmm")


def test_unsaved_pieces_are_saved_in_order(store: ConversationStore, tmp_path: Path) -> None:
    save_begun(store, begin(NEW, 1))
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


def test_unsaved_end_is_saved_with_the_next_turn(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    save_begun(store, begun)
    store.append_to_answer("a1", "Hel", "")
    ended = end(begun, "Hello")
    with read_only(store), pytest.raises(StoreError):
        save_ended(store, ended)

    conversation = save_turn(store, ended, 2)

    with store_in(tmp_path) as other:
        assert other.load("c") == conversation


def test_unsaved_end_is_saved_on_close(tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    ended = end(begun, "Hello")
    with store_in(tmp_path) as store:
        save_begun(store, begun)
        with read_only(store), pytest.raises(StoreError):
            save_ended(store, ended)

    with store_in(tmp_path) as store:
        assert store.load("c") == ended


def test_unsaved_conversation_loads_from_memory(store: ConversationStore) -> None:
    begun = begin(NEW, 1)
    save_begun(store, begun)
    ended = end(begun, LONG)
    with full_disk(store):
        with pytest.raises(StoreError):
            save_ended(store, ended)
        assert store.load("c") == ended

    store.delete("c")
    with pytest.raises(StoreError, match="no longer exists"):
        store.load("c")


def test_writer_rewrites_only_changed_messages() -> None:
    database = Database(None)
    writer = StreamWriter(database, "instance")
    begun = begin(NEW, 1)
    writer.begin_turn(begun, *begun.path)
    database.change("UPDATE messages SET content = 'changed elsewhere' WHERE id = 'q1'")

    ended = end(begun)
    writer.end_turn(ended, ended.path[-1])

    contents = [row["content"] for row in database.query("SELECT content FROM messages ORDER BY seq")]
    assert contents == ["changed elsewhere", "Hello"]
    database.close()


def test_writer_names_its_instance_while_an_answer_streams() -> None:
    database = Database(None)
    writer = StreamWriter(database, "instance")
    begun = begin(NEW, 1)

    def writers() -> list[str | None]:
        return [row["writer"] for row in database.query("SELECT writer FROM messages ORDER BY seq")]

    writer.begin_turn(begun, *begun.path)
    assert writers() == [None, "instance"]
    writer.end_turn(end(begun), end(begun).path[-1])
    assert writers() == [None, None]
    database.close()


def test_discarded_conversation_is_not_written_again() -> None:
    database = Database(None)
    writer = StreamWriter(database, "instance")
    database.change("PRAGMA query_only = ON")
    with pytest.raises(StoreError):
        writer.save(NEW)
    assert writer.unsaved("c") == NEW
    database.connection.execute("PRAGMA query_only = OFF")

    writer.discard_unsaved("c")
    writer.save_unsaved()

    assert database.query("SELECT * FROM conversations") == []
    database.close()
