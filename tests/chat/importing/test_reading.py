"""Reading exports of any supported program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.importing.reading import read_conversations
from tui.errors import UsageError


@pytest.mark.parametrize("text", ["", "no", "{", "[" * 100_000, "\x00", "1" * 10_000, "[1,]"])
def test_text_that_is_not_json_is_rejected(text: str) -> None:
    with pytest.raises(UsageError, match="export is not JSON") as caught:
        read_conversations("export", text)
    assert "Open WebUI" in caught.value.hint


@pytest.mark.parametrize("value", [None, 5, [], {}, [{}], [[]], {"messages": []}, {"mapping": None}, {"chat": 5}])
def test_json_without_conversations_is_rejected(value: object) -> None:
    with pytest.raises(UsageError, match="No supported conversation found in export"):
        read_conversations("export", json.dumps(value))


def test_invalid_items_in_a_list_are_reported() -> None:
    message = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["hi"]}}
    rows = [5, {"title": "Odd"}, {"id": "x", "mapping": {"q": {"message": message}}}]
    imported = read_conversations("export", json.dumps(rows))
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
]
_LIKELY = st.recursive(
    st.sampled_from(["user", "assistant", "tool", "text", "a", "b", "llm-tui conversation", 1, 1e300, None, True]),
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
    ):
        try:
            imported = read_conversations("export", json.dumps([row]))
        except UsageError:
            continue
        for conversation in imported.conversations:
            assert conversation.path
            assert all(conversation.at(id_).path for id_ in conversation.messages)
