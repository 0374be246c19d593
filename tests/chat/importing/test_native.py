"""Importing llm-tui's own export: round trips, and rejection of changed files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.importing import NOW, read_all
from tests.strategies import conversations
from tui.chat.chunk import ToolCall, Usage
from tui.chat.conversation import Conversation, ToolChoice
from tui.chat.export import as_json, format_conversation
from tui.chat.image import Image
from tui.chat.importing.native import read_native
from tui.chat.importing.values import Unusable
from tui.chat.message import AnswerStats, ChatMessage, Failure

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


TOOL = {
    "call_id": "c",
    "name": "look",
    "full_name": "lab.look",
    "approval": "once",
    "is_error": False,
    "links": [],
    "seconds": 0.5,
}


def test_export_keeps_what_is_off_and_allows_nothing() -> None:
    choice = ToolChoice(frozenset({"web"}), frozenset({"files.write"}), {"files.read": "f1"})
    row = as_json(replace(COMPLETE, tools=choice))

    assert "f1" not in json.dumps(row)
    row["tools"] = {**row["tools"], "allowed": {"files.read": "f1"}}  # type: ignore[dict-item]
    assert read_native(row, Counter(), lambda: 1.0).tools == choice._replace(allowed={})


def test_export_without_tools_is_still_read() -> None:
    row = json.loads(format_conversation(COMPLETE, "json"))
    for message in row["messages"]:
        del message["tool"]
    assert read_all("export", json.dumps(row)).conversations == [COMPLETE]


def test_export_round_trip() -> None:
    imported = read_all("export", format_conversation(COMPLETE, "json"))
    assert imported.conversations == [COMPLETE]
    assert format_conversation(imported.conversations[0], "json") == format_conversation(COMPLETE, "json")
    assert (imported.refused, dict(imported.left_out)) == ([], {})


@given(conversations())
def test_any_conversation_round_trip(conversation: Conversation) -> None:
    text = format_conversation(conversation, "json")
    assert format_conversation(read_all("export", text).conversations[0], "json") == text


def test_list_of_conversations_is_read() -> None:
    rows = [as_json(COMPLETE), as_json(Conversation("c2", "Empty"))]
    assert [each.id for each in read_all("export", json.dumps(rows)).conversations] == ["c1", "c2"]


def test_streaming_answer_is_imported_as_interrupted() -> None:
    streaming = Conversation("c").append(ChatMessage("m", "assistant", "Hel", outcome="streaming"))
    answer = read_native(as_json(streaming), Counter(), lambda: NOW).messages["m"]
    assert (answer.content, answer.outcome, answer.failure and answer.failure.kind) == ("Hel", "failed", "interrupted")


def with_message(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda row: row["messages"][1].update(change)


def nested(depth: int) -> dict[str, Any]:
    """Objects inside each other."""
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


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
        (with_field({"options": nested(500)}), "options are nested too deeply"),
        (
            with_message({"tool_calls": [{"name": "x", "arguments": nested(500), "id": None}]}),
            "arguments of a tool call are nested too deeply",
        ),
        (with_message({"figures": {"total_s": "1"}}), "total_s is not a number"),
        (with_field({"head_id": "none"}), "head_id is not the id of a message"),
        (with_field({"options": []}), "options is not an object"),
        (with_field({"tools": []}), "tools is not an object"),
        (with_field({"tools": {"servers_off": [], "tools_off": "a.b"}}), "tools_off is not a list"),
        (with_field({"tools": {"servers_off": [1], "tools_off": []}}), "servers_off has something other than names"),
        (with_field({"messages": {}}), "messages is not a list"),
        (with_field({"messages": [None]}), r"messages\[0\]: not an object"),
        (with_message({"id": "m1"}), "duplicate id"),
        (with_message({"parent_id": "m2"}), "the parent does not precede it"),
        (with_message({"parent_id": "none"}), "the parent does not precede it"),
        (with_message({"role": "robot"}), "unknown role or outcome"),
        (with_message({"tool": {**TOOL, "call_id": ""}}), "invalid id or links of a tool call"),
        (with_message({"tool": {**TOOL, "links": [1]}}), "invalid id or links of a tool call"),
        (with_message({"tool": {**TOOL, "approval": "always"}}), "unknown approval or state of a tool call"),
        (with_message({"tool": {**TOOL, "is_error": 0}}), "unknown approval or state of a tool call"),
        (with_message({"tool": "x"}), "tool is not an object"),
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
        read_native(row, Counter(), lambda: NOW)
    imported = read_all("export", json.dumps([row, as_json(Conversation("c2"))]))
    assert [each.id for each in imported.conversations] == ["c2"]
    assert len(imported.refused) == 1


def test_lone_surrogate_is_replaced() -> None:
    text = format_conversation(COMPLETE, "json").replace('"See?"', '"\\ud83d!"')
    assert read_all("export", text).conversations[0].messages["m1"].content == "\ufffd!"


INVALID_TIMES = [1e300, -1e300, -5.0, float("nan"), float("inf"), "now", "", True, 10**400, [1], {}]


@pytest.mark.parametrize("time", INVALID_TIMES, ids=repr)
def test_message_with_impossible_time_takes_the_time_above(time: object) -> None:
    row = json.loads(format_conversation(COMPLETE, "json"))
    row["messages"][0]["created_at"] = 1_700_000_000
    row["messages"][1]["created_at"] = time
    found = read_all("export", json.dumps(row))
    assert [each.created_at for each in found.conversations[0].messages.values()][:2] == [1_700_000_000] * 2
    assert list(found.left_out_descriptions) == (["1 × date that is not in the calendar"] if time != "" else [])


@pytest.mark.parametrize("time", INVALID_TIMES, ids=repr)
def test_conversation_with_impossible_time_takes_the_time_of_the_import(time: object) -> None:
    row = json.loads(format_conversation(COMPLETE, "json"))
    row["created_at"] = time
    assert read_all("export", json.dumps(row)).conversations[0].created_at == NOW


@pytest.mark.parametrize(
    "time", [1_767_583_930_000, 1_767_583_930_000_000, 1_767_583_930_000_000_000, "1767583930", "2026-01-05T03:32:10Z"]
)
def test_time_in_another_unit_is_converted(time: object) -> None:
    row = json.loads(format_conversation(COMPLETE, "json"))
    row["created_at"] = time
    assert read_all("export", json.dumps(row)).conversations[0].created_at == 1_767_583_930


@pytest.mark.parametrize("value", [-1, 1e300, float("inf"), float("nan"), 10**400])
def test_statistic_out_of_range_is_left_out(value: float) -> None:
    row = json.loads(format_conversation(COMPLETE, "json"))
    row["messages"][1]["figures"]["total_s"] = value
    found = read_all("export", json.dumps(row))
    assert list(found.conversations[0].messages.values())[1].stats.total_s is None
    assert list(found.left_out_descriptions) == ["1 × time or rate that is out of range"]
