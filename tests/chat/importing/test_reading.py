"""An export, whoever wrote it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.importing.reading import read_conversations
from tui.errors import UsageError


@pytest.mark.parametrize("text", ["", "no", "{", "[" * 100_000, "\x00", "1" * 10_000, "[1,]"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="it is no JSON") as refused:
        read_conversations("it", text)
    assert "Open WebUI" in refused.value.hint


@pytest.mark.parametrize("value", [None, 5, [], {}, [{}], [[]], {"messages": []}, {"mapping": None}, {"chat": 5}])
def test_what_is_no_conversation_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="no conversation in it"):
        read_conversations("it", json.dumps(value))


def test_what_stands_among_conversations_and_is_none_is_reported() -> None:
    said = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["hi"]}}
    rows = [5, {"title": "Odd"}, {"id": "x", "mapping": {"q": {"message": said}}}]
    imported = read_conversations("it", json.dumps(rows))
    assert imported.refused == [
        "conversation 1: it is nothing that we know how to read",
        "'Odd': it is nothing that we know how to read",
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
def test_nothing_that_json_can_hold_breaks_it(value: Any, nodes: dict[str, Any]) -> None:
    for row in (
        value,
        {"mapping": nodes, "current_node": value},
        {"chat": {"history": {"messages": nodes, "currentId": value}, "models": value}},
        {"format": "llm-tui conversation", "version": 1, "messages": [*nodes.values()], "title": value},
    ):
        try:
            imported = read_conversations("it", json.dumps([row]))
        except UsageError:
            continue
        for conversation in imported.conversations:
            assert conversation.path
            assert all(conversation.at(id_).path for id_ in conversation.messages)
