"""Loading conversations."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.factories import (
    begin,
    end,
    raw_connection,
    save_begun,
    save_ended,
    save_turn,
    store_in,
)
from tui.chat.chunk import ToolCall
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.tool_outcome import ToolOutcome
from tui.errors import StoreError
from tui.store import loading
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.rows import StoredMessage, messages_of

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")
LONG = "word " * 20_000


def test_loading_unknown_conversation_fails(store: ConversationStore) -> None:
    with pytest.raises(StoreError, match="no longer exists"):
        store.load("nowhere")


def test_load_reads_one_consistent_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_in(tmp_path) as one, store_in(tmp_path) as two:
        conversation = save_turn(one, NEW, 1)

        def load_after_another_turn(
            connection: sqlite3.Connection, conversation_id: str, last: int | None
        ) -> list[StoredMessage]:
            save_turn(two, conversation, 2)
            return messages_of(connection, conversation_id, last)

        monkeypatch.setattr(loading, "messages_of", load_after_another_turn)

        assert one.load("c") == conversation


def test_answer_that_ends_during_load_is_not_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = begin(NEW, 1)
    with store_in(tmp_path) as one:
        two = ConversationStore(tmp_path)
        save_begun(two, begun)

        def load_before_the_end(
            connection: sqlite3.Connection, conversation_id: str, last: int | None
        ) -> list[StoredMessage]:
            stored = messages_of(connection, conversation_id, last)
            save_ended(two, end(begun))
            two.close()
            return stored

        with monkeypatch.context() as patched:
            patched.setattr(loading, "messages_of", load_before_the_end)
            assert one.load("c") == begun
        assert one.load("c") == end(begun)


def test_load_tail_reads_only_last_messages(tmp_path: Path) -> None:
    with store_in(tmp_path) as one:
        conversation = save_turn(one, save_turn(one, NEW, 1), 2)

        assert list(one.load_tail("c", 3).messages) == ["a1", "q2", "a2"]
        assert [message.parent_id for message in one.load_tail("c", 3).path] == [None, "a1", "q2"]
        assert one.load_tail("c", 99) == one.load("c") == conversation
        # A partial load does not mark the other messages as saved.
        one.load_tail("c", 1)
        assert one.load("c") == conversation


def test_load_tail_of_unknown_conversation_fails(tmp_path: Path) -> None:
    with store_in(tmp_path) as one, pytest.raises(StoreError):
        one.load_tail("c", 3)


def test_load_tail_stops_in_a_circular_path(tmp_path: Path) -> None:
    with store_in(tmp_path) as one:
        save_turn(one, NEW, 1)
        one._database.connection.execute("UPDATE messages SET parent_id = 'a1' WHERE id = 'q1'")

        assert len(one.load_tail("c", 50).path) == 2


def test_unreadable_options_load_as_empty(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        save_turn(store, NEW, 1)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE conversations SET options = '[1]'")
        connection.execute("UPDATE messages SET options = 'no'")
    with store_in(tmp_path) as store:
        assert store.load("c").options == store.load("c").path[0].options == {}


def test_call_of_a_killed_instance_is_loaded_as_interrupted(tmp_path: Path) -> None:
    call = ChatMessage("a", "assistant", "", "q", tool_calls=(ToolCall("look", {}, "c1"),))
    outcome = ToolOutcome("c1", "look", "lab.look", "once")
    running = ChatMessage("t", "tool", "", "a", outcome="streaming", tool=outcome)
    with store_in(tmp_path) as store:
        store.add(NEW.append(ChatMessage("q", "user", "?"), call, running))
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE messages SET writer = 'gone' WHERE id = 't'")
    with store_in(tmp_path) as store:
        loaded = store.load("c").messages["t"]

    assert (loaded.outcome, loaded.failure) == ("failed", loading.CALL_INTERRUPTED)
    assert loaded.tool == replace(outcome, is_error=True)


@pytest.mark.parametrize(
    ("column", "tool"),
    [
        (
            '{"call_id": "c", "approval": "all", "links": [1, "x"], "seconds": ""}',
            ToolOutcome("c", "", links=("x",)),
        ),
        ('{"call_id": "c", "name": 1, "full_name": [], "links": 5, "seconds": -1}', ToolOutcome("c", "")),
        ('{"call_id": ""}', None),
        ('{"call_id": 5}', None),
        ("[]", None),
        ("{", None),
    ],
)
def test_damaged_outcome_of_a_tool_is_read_as_far_as_possible(
    tmp_path: Path, column: str, tool: ToolOutcome | None
) -> None:
    with store_in(tmp_path) as store:
        store.add(NEW.append(ChatMessage("t", "tool", "A cat.", tool=ToolOutcome("c", "look"))))
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE messages SET tool = ?", (column,))
    with store_in(tmp_path) as store:
        loaded = store.load("c").messages["t"]

    assert (loaded.content, loaded.tool) == ("A cat.", tool)


def test_tool_results_are_found_by_a_search(store: ConversationStore) -> None:
    store.add(NEW.append(ChatMessage("t", "tool", "A purple cat.", tool=ToolOutcome("c", "look"))))

    assert [found.message_id for found in store.search("purple", 5)] == ["t"]


def test_what_many_messages_have_in_common_is_kept_once(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        save_turn(store, save_turn(store, NEW, 1), 2)
    with store_in(tmp_path) as store:
        first, second, third, fourth = store.load("c").path
    assert second.parent_id is first.id
    assert third.parent_id is second.id
    assert first.stats is third.stats
    assert (second.provider, second.model) == ("ollama", "llama")
    assert second.model is fourth.model
