"""Importing llm-tui's own export: round trips, and rejection of changed files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from tests.strategies import conversations
from tui.chat.chunk import ToolCall, Usage
from tui.chat.conversation import Conversation
from tui.chat.export import as_json, format_conversation
from tui.chat.importing.native import read_native
from tui.chat.importing.reading import read_conversations
from tui.chat.importing.values import Unusable
from tui.chat.message import AnswerStats, ChatMessage, Failure, Image

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20

COMPLETE = Conversation(
    "c1", "About cats", 5.0, "ollama", "llama", system_prompt="Be kind.", options={"seed": 1}
).append(
    ChatMessage("m1", "user", "See?", created_at=6.0, images=(Image("image/png", PNG, "cat.png"),)),
    ChatMessage(
        "m2",
        "assistant",
        "No",
        parent_id="m1",
        created_at=7.0,
        thinking="Hm",
        tool_calls=(ToolCall("look", {"at": ["cat"]}, "t1"), ToolCall("look", '{"at"')),
        provider="ollama",
        model="llama",
        finish_reason="length",
        outcome="failed",
        failure=Failure("idle_timeout", "Nothing came.", "Wait longer.", 200),
        stats=AnswerStats(Usage(3, None), 0.5, 1.5, 7.25),
        options={"seed": 1},
    ),
)


def test_export_round_trip() -> None:
    imported = read_conversations("export", format_conversation(COMPLETE, "json"))
    assert imported.conversations == [COMPLETE]
    assert format_conversation(imported.conversations[0], "json") == format_conversation(COMPLETE, "json")
    assert (imported.refused, dict(imported.left_out)) == ([], {})


@given(conversations())
def test_any_conversation_round_trip(conversation: Conversation) -> None:
    text = format_conversation(conversation, "json")
    assert format_conversation(read_conversations("export", text).conversations[0], "json") == text


def test_list_of_conversations_is_read() -> None:
    rows = [as_json(COMPLETE), as_json(Conversation("c2", "Empty"))]
    assert [each.id for each in read_conversations("export", json.dumps(rows)).conversations] == ["c1", "c2"]


def test_streaming_answer_is_imported_as_interrupted() -> None:
    streaming = Conversation("c").append(ChatMessage("m", "assistant", "Hel", outcome="streaming"))
    answer = read_native(as_json(streaming)).messages["m"]
    assert (answer.content, answer.outcome, answer.failure and answer.failure.kind) == ("Hel", "failed", "interrupted")


def with_message(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda row: row["messages"][1].update(change)


def with_field(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (with_field({"version": 2}), "exported by a newer llm-tui"),
        (with_field({"version": "1"}), "unknown version"),
        (with_field({"id": ""}), "id is not an id"),
        (with_field({"id": "a b"}), "id is not an id"),
        (with_field({"title": None}), "title is not text"),
        (with_field({"created_at": "now"}), "created_at is not a number"),
        (with_field({"created_at": True}), "created_at is not a number"),
        (with_field({"created_at": 10**400}), "created_at is not a number"),
        (with_field({"head_id": "none"}), "head_id is not the id of a message"),
        (with_field({"options": []}), "options is not an object"),
        (with_field({"messages": {}}), "messages is not a list"),
        (with_field({"messages": [None]}), r"messages\[0\]: not an object"),
        (with_message({"id": "m1"}), "duplicate id"),
        (with_message({"parent_id": "m2"}), "the parent does not precede it"),
        (with_message({"parent_id": "none"}), "the parent does not precede it"),
        (with_message({"role": "tool"}), "unknown role or outcome"),
        (with_message({"outcome": "lost"}), "unknown role or outcome"),
        (with_message({"content": 5}), "content is not text"),
        (with_message({"tool_calls": ["x"]}), "invalid tool call"),
        (with_message({"tool_calls": [{"name": "x", "arguments": 5}]}), "invalid tool call"),
        (with_message({"images": ["x"]}), "invalid image"),
        (with_message({"images": [{"data": "!", "media_type": "image/png", "name": ""}]}), "not base64"),
        (with_message({"images": [{"data": "aGk=", "media_type": "image/bmp", "name": ""}]}), "unsupported image type"),
        (with_message({"failure": {"kind": "boredom"}}), "invalid failure"),
        (with_message({"figures": {"usage": 5}}), "usage is not an object"),
        (with_message({"figures": {"usage": {"prompt_tokens": 1.5}}}), "prompt_tokens is not an integer"),
    ],
)
def test_invalid_field_is_rejected_with_a_reason(change: Callable[[dict[str, Any]], None], reason: str) -> None:
    row: dict[str, Any] = json.loads(format_conversation(COMPLETE, "json"))
    change(row)
    with pytest.raises(Unusable, match=reason):
        read_native(row)
    imported = read_conversations("export", json.dumps([row, as_json(Conversation("c2"))]))
    assert [each.id for each in imported.conversations] == ["c2"]
    assert len(imported.refused) == 1


def test_lone_surrogate_is_replaced() -> None:
    text = format_conversation(COMPLETE, "json").replace('"See?"', '"\\ud83d!"')
    assert read_conversations("export", text).conversations[0].messages["m1"].content == "\ufffd!"
