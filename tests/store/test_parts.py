"""Texts of more than 131,072 characters, which are saved, read and searched in parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.factories import begin, end, is_sound, raw_connection, save_begun, save_ended, save_turn, store_in
from tests.store.test_crashes import other_instances
from tests.store.test_schema import write_version
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.importer import import_conversations
from tui.store.parts import SIZE
from tui.store.schema import MIGRATIONS

FILLING = "some words of a long text, and one more line\n" * 15_000
"""675 kB."""

TEXT = f"first {FILLING}middle-most {FILLING}last"


def save_large(store: ConversationStore, content: str = TEXT) -> Conversation:
    """Save a turn with a large answer in the conversation `c`."""
    begun = begin(Conversation("c", "Long", created_at=1.0), 1)
    save_begun(store, begun)
    ended = end(begun, content)
    save_ended(store, ended)
    return ended


def found(store: ConversationStore, words: str) -> list[str]:
    return [message.message_id for message in store.search(words, 9)]


def rows_of(folder: Path, table: str) -> int:
    with raw_connection(folder / FILE_NAME) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_large_text_is_in_parts_of_limited_size(store: ConversationStore, tmp_path: Path) -> None:
    conversation = save_large(store)

    assert store.load("c") == conversation
    assert store.load_tail("c", 1).path[-1].content == TEXT
    with raw_connection(tmp_path / FILE_NAME) as connection:
        assert connection.execute("SELECT content FROM messages WHERE id = 'a1'").fetchone() == ("",)
        parts = [part for (part,) in connection.execute("SELECT content FROM parts ORDER BY seq")]
    assert "".join(parts) == TEXT
    assert max(map(len, parts)) <= SIZE
    assert all(part[-1].isspace() for part in parts[:-1])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("word" * 600_000, id="one word"),
        pytest.param('{"key":"value"},' * 100_000, id="no blanks"),
        pytest.param("犬が好きです。" * 200_000, id="wide"),
        pytest.param("half a\ud83d pair \udc00 " * 100_000, id="surrogates"),
    ],
)
def test_any_large_text_is_loaded_as_saved(store: ConversationStore, text: str) -> None:
    save_large(store, text)
    assert store.load("c").path[-1].content == text.replace("\ud83d", "\ufffd").replace("\udc00", "\ufffd")


def test_large_thinking_is_in_parts(store: ConversationStore) -> None:
    message = ChatMessage("m", "assistant", "short", thinking=TEXT)
    conversation = Conversation("c").append(message)
    store.add(conversation)
    assert store.load("c") == conversation
    assert found(store, "short") == ["m"]
    assert found(store, "middle-most") == []


@pytest.mark.parametrize("words", ["first", "middle-most", "las", "FIRST middle-most last", "first - last", "line"])
def test_words_are_found_in_any_part(store: ConversationStore, words: str) -> None:
    save_large(store)
    (message,) = store.search(words, 9)
    (of_conversation,) = store.search_conversations(words, 9, 9)
    assert message == of_conversation
    assert message.message_id == "a1"
    hits = {text.lower() for text, is_hit in message.excerpt if is_hit}
    assert hits & {"first", "middle-most", "last", "line"}


@pytest.mark.parametrize("words", ["first absent", "-", "", "middle-first"])
def test_other_words_are_not_found(store: ConversationStore, words: str) -> None:
    save_large(store)
    assert store.search(words, 9) == store.search_conversations(words, 9, 9) == ()


def test_large_and_short_messages_are_found_latest_first(store: ConversationStore) -> None:
    conversation = save_turn(store, save_large(store), 2, "last words")
    save_turn(store, Conversation("d", created_at=3.0), 3, "last and first")
    larger = begin(conversation, 4)
    save_begun(store, larger)
    save_ended(store, end(larger, TEXT))

    assert found(store, "last") == ["a4", "q3", "q2", "a1"]
    assert [message.message_id for message in store.search("last", 2)] == ["a4", "q3"]
    by_conversation = store.search_conversations("last", 9, 9)
    assert [(each.conversation_id, each.message_id) for each in by_conversation] == [("c", "a4"), ("d", "q3")]
    assert [each.message_id for each in store.search_conversations("last", 9, 1)] == ["a4"]


def test_changed_text_replaces_its_parts(store: ConversationStore, tmp_path: Path) -> None:
    conversation = save_large(store)
    save_ended(store, end(conversation, f"{FILLING}{FILLING}other"))
    assert found(store, "first") == []
    assert found(store, "other") == ["a1"]

    save_ended(store, end(conversation, "short"))
    assert store.load("c").path[-1].content == "short"
    assert found(store, "short") == ["a1"]
    assert rows_of(tmp_path, "parts") == 0
    assert is_sound(tmp_path)


def test_large_answer_is_continued_and_replaced(store: ConversationStore, tmp_path: Path) -> None:
    conversation = save_large(store)
    answer = replace(conversation.path[-1], outcome="streaming")
    store.begin_turn(conversation, conversation.path[0], answer)
    store.append_to_answer("a1", " and more", "hm")
    with store_in(tmp_path) as other:
        continued = other.load("c").path[-1]
        assert (continued.content, continued.thinking) == (f"{TEXT} and more", "hm")

    store.end_turn(conversation, replace(answer, content=f"{TEXT} and more", outcome="complete"))
    assert store.load("c").path[-1].content == f"{TEXT} and more"
    assert rows_of(tmp_path, "pieces") == 0
    assert found(store, "more") == ["a1"]


def test_deleting_removes_parts_and_their_words(store: ConversationStore, tmp_path: Path) -> None:
    store.delete_all_of([save_large(store).id])
    assert found(store, "first") == []
    assert rows_of(tmp_path, "parts") == 0
    store.compact()
    assert b"middle-most" not in (tmp_path / FILE_NAME).read_bytes()
    assert is_sound(tmp_path)


def test_large_prompt_is_not_recalled(store: ConversationStore) -> None:
    save_turn(store, Conversation("c"), 1, TEXT)
    save_turn(store, Conversation("d"), 2, "short")
    assert store.last_prompts(9) == ("short",)


def test_import_recognizes_a_large_message(store: ConversationStore) -> None:
    conversation = save_large(store)
    assert import_conversations(store, [conversation]).unchanged == 1
    copy = import_conversations(store, [end(conversation, f"{TEXT}, changed")])
    assert copy.added_as_copy == 1
    assert len(found(store, "last")) == 2


@pytest.mark.parametrize("damage", ["DROP TABLE part_words", "DELETE FROM part_words_data"])
def test_damaged_index_of_parts_is_rebuilt(tmp_path: Path, damage: str) -> None:
    with store_in(tmp_path) as store:
        save_large(store)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute(damage)
    with store_in(tmp_path) as store:
        assert found(store, "middle-most") == ["a1"]
    with store_in(tmp_path) as store:
        with raw_connection(tmp_path / FILE_NAME) as connection:
            connection.execute(damage)
        assert found(store, "middle-most") == ["a1"]


def test_large_row_of_older_version_is_cut_and_found_and_changed(tmp_path: Path) -> None:
    write_version(tmp_path / FILE_NAME, len(MIGRATIONS) - 1)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE messages SET content = ?", (TEXT,))
    with store_in(tmp_path) as store:
        conversation = store.load("c")
        assert conversation.path[-1].content == TEXT
        assert found(store, "first last") == ["q"]
        assert rows_of(tmp_path, "parts") > 1
        assert rows_of(tmp_path, "messages WHERE length(content) > 1000000") == 0

        store.end_turn(conversation, replace(conversation.path[-1], content=f"{TEXT} added"))
        assert found(store, "first added") == ["q"]
        assert store.load("c").path[-1].content == f"{TEXT} added"
    assert rows_of(tmp_path, "parts") > 1
    assert is_sound(tmp_path)


def test_nothing_is_lost_when_killed_while_saving(tmp_path: Path) -> None:
    with other_instances("end_large", tmp_path, "c") as [other]:
        other.go()
        assert other.next_line() == "half"
        other.kill()
    with store_in(tmp_path) as store:
        answer = store.load("c").path[-1]
        assert (answer.content, answer.outcome) == ("word " * 500_000, "failed")
    assert rows_of(tmp_path, "parts") == 0
    assert is_sound(tmp_path)
