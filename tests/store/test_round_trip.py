"""Every field of a message, saved and loaded."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.factories import raw_connection, store_in
from tests.strategies import MAX_INTEGER, json_objects, messages, texts
from tui.chat.chunk import JSONObject, ToolCall, Usage
from tui.chat.conversation import Conversation
from tui.chat.image import Image
from tui.chat.message import AnswerStats, ChatMessage, Failure
from tui.errors import ErrorKind
from tui.store import parts
from tui.store.conversations import FILE_NAME, ConversationStore


def save_and_load(store: ConversationStore, message: ChatMessage) -> ChatMessage:
    store.add(Conversation("c").append(message))
    loaded = store.load("c")
    assert loaded.path == (loaded.messages["m"],)
    return loaded.messages["m"]


@given(messages)
def test_message_round_trip(message: ChatMessage) -> None:
    with store_in(None) as store:
        assert save_and_load(store, message) == message


@given(messages)
def test_large_message_round_trip(message: ChatMessage) -> None:
    with pytest.MonkeyPatch.context() as patch, store_in(None) as store:
        patch.setattr(parts, "LARGE", -1)
        assert save_and_load(store, message) == message


def test_large_message_is_found_by_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LARGE", 5)
    with store_in(None) as store:
        prompt, answer = ChatMessage("m", "user", "so much"), ChatMessage("n", "assistant", "", outcome="streaming")
        conversation = Conversation("c").append(prompt)
        store.begin_turn(conversation, prompt, replace(answer, parent_id="m"))
        store.append_to_answer("n", "and ", "")
        final = replace(answer, parent_id="m", content="and more", thinking="hm, hm", outcome="complete")
        store.end_turn(conversation, final)

        assert [found.message_id for found in store.search("much", 9)] == ["m"]
        assert [found.message_id for found in store.search("more", 9)] == ["n"]
        assert store.load("c").messages["n"] == final


@given(texts, texts, texts, st.none() | texts, json_objects)
def test_conversation_header_round_trip(
    title: str, provider: str, model: str, system_prompt: str | None, options: JSONObject
) -> None:
    conversation = Conversation("c", title, 1.5, provider, model, system_prompt=system_prompt, options=options)
    with store_in(None) as store:
        store.add(conversation)
        assert store.load("c") == conversation


@given(st.lists(st.tuples(texts, texts)))
def test_pieces_are_joined_in_order(pieces: list[tuple[str, str]]) -> None:
    with store_in(None) as store:
        store.add(Conversation("c").append(ChatMessage("m", "assistant", "", outcome="streaming")))
        for content, thinking in pieces:
            store.append_to_answer("m", content, thinking)
        answer = store.load("c").messages["m"]
    assert answer.content == "".join(content for content, _ in pieces)
    assert answer.thinking == "".join(thinking for _, thinking in pieces)


def test_huge_answer_round_trip(store: ConversationStore) -> None:
    message = ChatMessage("m", "assistant", "a\x00é🙂\n" * 2_000_000, images=(Image("image/gif", bytes(5_000_000)),))

    assert save_and_load(store, message) == message


def test_lone_surrogates_are_replaced_in_every_field(store: ConversationStore) -> None:
    half = "a\ud83db\udc00"
    message = ChatMessage(
        "m",
        "assistant",
        half,
        thinking=half,
        tool_calls=(ToolCall(half, {half: [half]}, half), ToolCall("f", half)),
        images=(Image("image/png", b"", half),),
        provider=half,
        model=half,
        finish_reason=half,
        outcome="failed",
        failure=Failure("server", half, half),
    )
    whole = "a\ufffdb\ufffd"

    found = save_and_load(store, message)
    store.rename("c", half)
    store.set_model("c", half, half)

    assert (found.content, found.thinking, found.images[0].name) == (whole, whole, whole)
    assert found.tool_calls == (ToolCall(whole, {whole: [whole]}, whole), ToolCall("f", whole))
    assert (found.provider, found.model, found.finish_reason) == (whole, whole, whole)
    assert found.failure == Failure("server", whole, whole)
    loaded = store.load("c")
    assert (loaded.title, loaded.provider, loaded.model) == (whole, whole, whole)
    assert store.last_model(half) == whole


@pytest.mark.parametrize("number", [MAX_INTEGER + 1, -MAX_INTEGER - 2, 10**400])
def test_number_out_of_range_loads_as_unknown(store: ConversationStore, number: int) -> None:
    stats = AnswerStats(Usage(number, 7), first_token_s=number, total_s=1, tokens_per_second=number)

    found = save_and_load(store, ChatMessage("m", "assistant", "", stats=stats)).stats

    assert found == AnswerStats(Usage(None, 7), total_s=1)


@pytest.mark.parametrize("number", [MAX_INTEGER, -MAX_INTEGER - 1, 0])
def test_number_at_the_limit_round_trip(store: ConversationStore, number: int) -> None:
    stats = AnswerStats(Usage(number, None))

    assert save_and_load(store, ChatMessage("m", "assistant", "", stats=stats)).stats == stats


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_nan_and_infinity_load_as_unknown(store: ConversationStore, number: float) -> None:
    stats = AnswerStats(first_token_s=number, tokens_per_second=number)

    assert save_and_load(store, ChatMessage("m", "assistant", "", stats=stats)).stats == AnswerStats()


def test_too_deeply_nested_arguments_do_not_prevent_saving(store: ConversationStore) -> None:
    nested: JSONObject = {}
    for _ in range(200_000):
        nested = {"a": nested}
    calls = (ToolCall("f", nested, "id"), ToolCall("g", {}))

    found = save_and_load(store, ChatMessage("m", "assistant", "text", tool_calls=calls))

    assert found.content == "text"
    assert [(call.name, call.id) for call in found.tool_calls] == [("f", "id"), ("g", None)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{", ()),
        ("{}", ()),
        ("[" * 200_000, ()),
        ('[1, "f", null]', ()),
        ("[{}]", (ToolCall("", ""),)),
        ('[{"name": 1, "arguments": [1], "id": 2, "more": 3}]', (ToolCall("", ""),)),
        ('[{"name": "f", "arguments": {"a": 1}, "id": "x", "more": 3}]', (ToolCall("f", {"a": 1}, "x"),)),
    ],
)
def test_damaged_tool_calls_load_partially(tmp_path: Path, written: str, read: tuple[ToolCall, ...]) -> None:
    with store_in(tmp_path) as store:
        save_and_load(store, ChatMessage("m", "assistant", "text"))
        with raw_connection(tmp_path / FILE_NAME) as connection:
            connection.execute("UPDATE messages SET tool_calls = ?", (written,))

        assert store.load("c").messages["m"] == ChatMessage("m", "assistant", "text", tool_calls=read)


@pytest.mark.parametrize(
    ("written", "kind", "status"),
    [
        ("{", "interrupted", None),
        ("[]", "interrupted", None),
        ('{"kind": "unheard of"}', "interrupted", None),
        ('{"kind": ["server"]}', "interrupted", None),
        ('{"kind": "server", "status": "500"}', "server", None),
        ('{"kind": "server", "message": "m", "hint": "h", "status": 500, "more": 1}', "server", 500),
    ],
)
def test_damaged_failure_loads_partially(tmp_path: Path, written: str, kind: ErrorKind, status: int | None) -> None:
    with store_in(tmp_path) as store:
        save_and_load(store, ChatMessage("m", "assistant", "text", outcome="failed"))
        with raw_connection(tmp_path / FILE_NAME) as connection:
            connection.execute("UPDATE messages SET failure = ?", (written,))

        failure = store.load("c").messages["m"].failure

    assert failure is not None
    assert (failure.kind, failure.status) == (kind, status)


def test_invalid_utf_8_loads_with_replacement_characters(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        save_and_load(store, ChatMessage("m", "assistant", "text"))
        with raw_connection(tmp_path / FILE_NAME) as connection:
            connection.execute("UPDATE messages SET content = CAST(X'61FF62' AS TEXT)")

        assert store.load("c").messages["m"].content == "a\ufffdb"


def test_damaged_tree_loads_without_endless_path(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.add(Conversation("c").append(ChatMessage("a", "user", "1"), ChatMessage("b", "assistant", "2", "a")))
        with raw_connection(tmp_path / FILE_NAME) as connection:
            connection.execute("UPDATE messages SET parent_id = 'b' WHERE id = 'a'")
            connection.execute("UPDATE messages SET parent_id = 'lost' WHERE id = 'b'")
            connection.execute("UPDATE conversations SET head_id = 'lost'")

        loaded = store.load("c")

    assert [message.parent_id for message in loaded.messages.values()] == [None, None]
    assert loaded.path == ()
