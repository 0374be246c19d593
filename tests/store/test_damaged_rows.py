"""Rows that another program has damaged: what can be shown is shown, and the rest works."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.factories import raw_connection, save_turn, store_in
from tui.chat.conversation import Conversation
from tui.chat.dates import day_of, format_time
from tui.chat.export import ExportFormat, format_conversation
from tui.chat.formatting import format_stats
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.errors import StoreError
from tui.store.conversations import FILE_NAME, ConversationStore

IMAGE = Image("image/png", b"\x89PNG\r\n\x1a\n", "cat.png")


def fill(folder: Path) -> None:
    """Save two conversations, with everything that a row can have."""
    with store_in(folder) as store:
        for id_ in ("c", "d"):
            conversation = Conversation(id_, f"needle {id_}", created_at=0.5).append(
                ChatMessage(f"{id_}i", "user", "needle look", created_at=0.6, images=(IMAGE,)),
                ChatMessage(f"{id_}j", "assistant", "needle seen", f"{id_}i", created_at=0.7, outcome="streaming"),
            )
            store.add(conversation)
            store.append_to_answer(f"{id_}j", "piece", "thought")
            store.set_draft(id_, "draft")
        save_turn(store, Conversation("e", "Sound", created_at=1.0), 1, "needle")


def use_everything(store: ConversationStore) -> None:
    """List, open, search and export, as the app and the commands do."""
    summaries = (*store.recent(100), *store.pinned(), *store.find("needle", 100))
    for summary in summaries:
        assert isinstance(summary.title, str)
        assert isinstance(day_of(summary.updated_at), object)
        format_time(summary.updated_at)
    for id_ in {"c", "d", "e", *(summary.id for summary in summaries)}:
        try:
            conversation = store.load(id_)
            store.load_tail(id_, 2)
        except StoreError:
            # An id that cannot be asked for: the row is in the list, but cannot be opened.
            assert id_ != "e"
            continue
        for wanted in get_args(ExportFormat):
            format_conversation(conversation, wanted)
        for message in conversation.messages.values():
            format_stats(message)
            assert conversation.at(message.id).path
        _ = conversation.versions
        store.draft(id_)
    for found in store.search("needle", 100):
        assert isinstance(found.excerpt, tuple)
        format_time(found.said_at)
    assert all(isinstance(prompt, str) for prompt in store.last_prompts(100))
    assert isinstance(store.last_model("ollama"), str)


def columns_of(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return [
        (table, name)
        for table in ("conversations", "messages", "images", "pieces", "drafts")
        for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")
    ]


VALUES: st.SearchStrategy[Any] = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.sampled_from([1e300, -1.0, 1.7e12, float("inf"), b"\xff\xfe", b"needle", "", "c", "ci", "cj", "[[[", "{"])
    | st.text(max_size=5)
    | st.binary(max_size=5)
)


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_in_any_column_leaves_the_rest_usable(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("data")
    fill(folder)
    with raw_connection(folder / FILE_NAME) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for _ in range(data.draw(st.integers(1, 4))):
            table, column = data.draw(st.sampled_from(columns_of(connection)))
            key = "id" if table == "conversations" else {"drafts": "conversation_id"}.get(table, "rowid")
            rows = [row for (row,) in connection.execute(f"SELECT rowid FROM {table} WHERE {key} NOT IN ('e')")]
            value = data.draw(VALUES)
            try:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rows[0]))
            except (sqlite3.Error, IndexError):
                # A constraint that SQLite does enforce.
                continue
    with store_in(folder) as store:
        use_everything(store)
        assert [message.content for message in store.load("e").path] == ["needle", "Hello"]
        save_turn(store, store.load("e"), 2)


def damage(folder: Path, statement: str, *values: Any) -> None:
    with raw_connection(folder / FILE_NAME) as connection:
        connection.execute(statement, values)


def test_message_of_unknown_role_says_what_is_wrong(tmp_path: Path) -> None:
    fill(tmp_path)
    damage(tmp_path, "UPDATE messages SET role = 'pope' WHERE id = 'q1'")
    with store_in(tmp_path) as store:
        message = store.load("e").path[0]
    assert (message.role, message.outcome, message.content) == ("assistant", "failed", "needle")
    assert message.failure is not None
    assert "its role is 'pope'" in message.failure.message


def test_message_of_unknown_state_says_what_is_wrong(tmp_path: Path) -> None:
    fill(tmp_path)
    damage(tmp_path, "UPDATE messages SET outcome = ? WHERE id = 'a1'", b"\xff" * 100)
    with store_in(tmp_path) as store:
        message = store.load("e").path[-1]
    assert message.outcome == "failed"
    assert message.failure is not None
    assert len(message.failure.message) < 120


def test_impossible_times_are_unknown(tmp_path: Path) -> None:
    fill(tmp_path)
    damage(tmp_path, "UPDATE conversations SET updated_at = 1e300, created_at = 'now'")
    damage(tmp_path, "UPDATE messages SET created_at = 1.7e12, total_s = 9e999")
    with store_in(tmp_path) as store:
        assert {summary.updated_at for summary in store.recent(9)} == {0.0}
        loaded = store.load("e")
        save_turn(store, loaded, 5)
        assert store.recent(1)[0].id == "e"
    assert loaded.created_at == loaded.path[0].created_at == 0.0
    assert loaded.path[-1].stats.total_s is None


def test_deeply_nested_columns_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path)
    nested = '{"a":' * 500 + "1" + "}" * 500
    damage(tmp_path, "UPDATE messages SET options = ?, tool_calls = ?", nested, f"[{nested}]")
    with store_in(tmp_path) as store:
        answer = store.load("e").path[-1]
    assert (answer.options, answer.tool_calls) == ({}, ())


@pytest.mark.parametrize("parent", ["a1", "q1", "nowhere", b"q1"])
def test_tree_with_a_cycle_is_shown(tmp_path: Path, parent: object) -> None:
    fill(tmp_path)
    damage(tmp_path, "UPDATE messages SET parent_id = ? WHERE id = 'q1'", parent)
    with store_in(tmp_path) as store:
        assert [message.content for message in store.load("e").path] == ["needle", "Hello"]
        assert len(store.load_tail("e", 9).path) == 2


def test_text_that_is_not_utf8_is_shown(tmp_path: Path) -> None:
    fill(tmp_path)
    damage(tmp_path, "UPDATE messages SET content = CAST(x'6f6bff' AS TEXT) WHERE id = 'q1'")
    damage(tmp_path, "UPDATE messages SET content = x'6f6bff' WHERE id = 'a1'")
    with store_in(tmp_path) as store:
        assert [message.content for message in store.load("e").path] == ["ok\ufffd", "ok\ufffd"]
