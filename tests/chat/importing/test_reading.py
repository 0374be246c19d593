"""Reading exports of any supported program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing import read_all
from tui.chat.importing import json_stream
from tui.chat.importing.reading import BATCH_SIZE, MAX_UNKNOWN, read_conversations
from tui.errors import UsageError


@pytest.mark.parametrize("text", ["", "no", "{", "\x00", "[1,]", "[1 2]", "[1]]", "1 2", '{"a": 1'])
def test_text_that_is_not_json_is_rejected(text: str) -> None:
    with pytest.raises(UsageError, match="export is not JSON") as caught:
        read_all("export", text)
    assert "Open WebUI" in caught.value.hint


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_deeply_nested_json_is_rejected(text: str) -> None:
    with pytest.raises(UsageError, match="export is nested too deeply"):
        read_all("export", text)


def test_line_of_the_error_is_named() -> None:
    with pytest.raises(UsageError, match="line 3"):
        read_all("export", '[\n{"mapping": {}},\n{]', piece=4)


@pytest.mark.parametrize("value", [None, 5, [], {}, [{}], [[]], {"messages": []}, {"mapping": None}, {"chat": 5}])
def test_json_without_conversations_is_rejected(value: object) -> None:
    with pytest.raises(UsageError, match="No supported conversation found in export"):
        read_all("export", json.dumps(value))


def test_invalid_items_in_a_list_are_reported() -> None:
    message = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["hi"]}}
    rows = [5, {"title": "Odd"}, {"id": "x", "mapping": {"q": {"message": message}}}]
    imported = read_all("export", json.dumps(rows))
    assert imported.refused == [
        "conversation 1: unknown format",
        "'Odd': unknown format",
    ]
    assert [each.title for each in imported.conversations] == ["hi"]


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
_KEYS = [
    *("format", "version", "messages", "id", "title", "mapping", "message", "author", "role", "content", "parts"),
    *("content_type", "parent", "current_node", "chat", "history", "currentId", "parentId", "files", "url", "models"),
    *("error", "params", "system", "timestamp", "create_time", "metadata", "thoughts"),
    *("uuid", "sender", "text", "type", "thinking", "parent_message_uuid", "attachments", "extracted_content"),
    *("versions", "currentlySelected", "steps", "style", "genInfo", "stats", "images", "author", "timestamp"),
]
_LIKELY = st.recursive(
    st.sampled_from(
        [
            "user",
            "assistant",
            "human",
            "tool",
            "text",
            "thinking",
            "a",
            "b",
            "llm-tui conversation",
            1,
            1e300,
            None,
            True,
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=30,
)


@given(_ANYTHING | _LIKELY, st.dictionaries(st.sampled_from("abc"), _LIKELY, max_size=3))
def test_any_json_is_read_or_rejected(value: Any, nodes: dict[str, Any]) -> None:
    for row in (
        value,
        {"mapping": nodes, "current_node": value},
        {"chat": {"history": {"messages": nodes, "currentId": value}, "models": value}},
        {"format": "llm-tui conversation", "version": 1, "messages": [*nodes.values()], "title": value},
        {"chat_messages": [*nodes.values()], "current_leaf_message_uuid": value, "created_at": value},
        {"messages": [{"versions": [*nodes.values()], "currentlySelected": value}], "createdAt": value},
        {"messages": [*nodes.values()], "usePerChatPredictionConfig": value, "perChatPredictionConfig": value},
        {"messages": [*nodes.values()], "llm_config": {"model_name": value}, "last_updated": value},
        {"database": "oterm", "chat": value, "messages": [*nodes.values()]},
        {"database": "elia", "chat": value, "messages": [*nodes.values()]},
    ):
        try:
            imported = read_all("export", json.dumps([row]))
        except UsageError:
            continue
        for conversation in imported.conversations:
            assert conversation.path
            assert all(conversation.at(id_).path for id_ in conversation.messages)


def chat(number: int, text: str = "hi") -> dict[str, Any]:
    """A small conversation of ChatGPT."""
    message = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [text]}}
    return {"id": f"c{number}", "title": f"T{number}", "mapping": {"q": {"message": message}}}


@given(st.integers(1, 40), st.sampled_from([None, 1]))
def test_size_of_the_pieces_does_not_matter(piece: int, indent: int | None) -> None:
    rows = [chat(number, f'"]}}, \\ é 😀 {number}') for number in range(3)]
    text = json.dumps([5, -1.5e10, *rows, True, "x]"], indent=indent)
    assert read_all("export", text, piece=piece) == read_all("export", text)
    assert len(read_all("export", text, piece=piece).conversations) == 3


def test_conversations_before_a_break_are_imported() -> None:
    text = json.dumps([chat(number) for number in range(BATCH_SIZE + 5)])
    titles = []
    with pytest.raises(UsageError, match="export is not JSON: line 1"):  # noqa: PT012
        for batch in read_conversations("export", [text[:-20]]):
            titles.extend([each.title for each in batch.conversations])
    assert titles == [f"T{number}" for number in range(BATCH_SIZE + 4)]


def test_value_with_too_many_parts_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_PARTS", 1_000)
    text = json.dumps([chat(0), chat(1), {"mapping": [[]] * 1_000}])
    found = []
    with pytest.raises(UsageError, match="conversation that is too large"):  # noqa: PT012
        for batch in read_conversations("export", [text[at : at + 100] for at in range(0, len(text), 100)]):
            found.extend(batch.conversations)
    assert len(found) == 2


def test_too_long_value_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_CHARACTERS", 1_000)
    with pytest.raises(UsageError, match="conversation that is too large"):
        read_all("export", json.dumps([chat(0, "x" * 2_000)]))


def test_report_of_many_invalid_items_is_short() -> None:
    found = read_all("export", json.dumps([chat(0), *[[]] * MAX_UNKNOWN]))
    descriptions = list(found.refused_descriptions)
    assert len(descriptions) == 51
    assert descriptions[-1] == "9,950 more conversations"


def test_reading_stops_after_many_unknown_values() -> None:
    with pytest.raises(UsageError, match="too much that is not a conversation"):
        read_all("export", json.dumps([[]] * (MAX_UNKNOWN + 1)))
