"""Importing Claude's export."""

from __future__ import annotations

import json
from typing import Any

from tests.importing import read_all
from tui.chat.importing.report import Imported
from tui.chat.tool_outcome import ToolOutcome

NO_PARENT = "00000000-0000-4000-8000-000000000000"


def message(id_: str, sender: str, text: str, **more: Any) -> dict[str, Any]:
    return {"uuid": id_, "sender": sender, "text": text, "created_at": "2026-02-14T10:04:22.000Z", **more}


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "uuid": "chat-1",
        "name": "About cats",
        "created_at": "2026-02-14T10:00:00Z",
        "updated_at": "2026-02-14T11:00:00Z",
        "chat_messages": list(messages),
        **more,
    }


def imported(*chats: dict[str, Any]) -> Imported:
    return read_all("export", json.dumps(list(chats)))


def test_messages_without_parents_follow_each_other() -> None:
    found = imported(chat(message("q", "human", "Why?"), message("a", "assistant", "Because."), model="claude-sonnet"))
    [conversation] = found.conversations
    assert (conversation.title, conversation.created_at, conversation.model) == (
        "About cats",
        1771063200,
        "claude-sonnet",
    )
    assert [(each.role, each.content) for each in conversation.path] == [("user", "Why?"), ("assistant", "Because.")]
    assert conversation.path[0].created_at == 1771063462
    assert found.left_out == {}


def test_versions_and_the_current_one_are_kept() -> None:
    found = imported(
        chat(
            message("q", "human", "Why?", parent_message_uuid=NO_PARENT),
            message("a1", "assistant", "Because.", parent_message_uuid="q"),
            message("a2", "assistant", "Therefore.", parent_message_uuid="q"),
            current_leaf_message_uuid="a1",
        )
    ).conversations[0]
    assert [each.content for each in found.path] == ["Why?", "Because."]
    assert [each.content for each in found.siblings(found.path[-1].id)] == ["Because.", "Therefore."]


def test_blocks_of_content_are_text_thinking_and_what_is_left_out() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "One."},
        {"type": "tool_use", "input": {}},
        {"type": "tool_result", "tool_use_id": "unknown", "content": []},
        {"type": "text", "text": "Two."},
        {"type": "voice"},
        5,
    ]
    found = imported(
        chat(message("q", "human", "Why?"), message("a", "assistant", "old", content=blocks, stop_reason="max_tokens"))
    )
    answer = found.conversations[0].path[-1]
    assert (answer.content, answer.thinking, answer.finish_reason) == ("One.\n\nTwo.", "Hm.", "length")
    assert found.left_out == {
        "tool call": 1,
        "tool message": 1,
        "content of type voice": 1,
        "content of type unknown": 1,
    }


def test_tool_calls_are_followed_by_their_results() -> None:
    blocks = [
        {"type": "text", "text": "One."},
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "t1", "name": "view", "input": {"path": "a.py"}},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "x = 1"}]},
        {"type": "text", "text": "It is 1."},
        {"type": "tool_use", "id": "t2", "name": "search", "input": {}},
        {"type": "tool_use", "id": "t3", "name": "run", "input": "later"},
        {
            "type": "tool_result",
            "tool_use_id": "t2",
            "content": [{"type": "knowledge", "title": "Cats", "url": "https://cats.example", "text": "Purr."}, {}],
            "is_error": True,
        },
    ]
    found = imported(chat(message("q", "human", "Why?"), message("a", "assistant", "old", content=blocks)))
    _, first, first_result, second, second_result = found.conversations[0].path
    [view], [search, run] = first.tool_calls, second.tool_calls
    assert (first.content, view.name, view.arguments) == ("One.\n\nLet me look.", "view", {"path": "a.py"})
    assert (first_result.role, first_result.content) == ("tool", "x = 1")
    assert first_result.tool == ToolOutcome(view.id or "", "view", approval="elsewhere")
    assert (second.content, run.arguments) == ("It is 1.", "later")
    assert second_result.content == "Cats\nhttps://cats.example\nPurr."
    assert second_result.tool == ToolOutcome(search.id or "", "search", approval="elsewhere", is_error=True)
    assert found.left_out == {"image or file in the result of a tool": 1}


def test_results_in_the_next_prompt_or_without_ids_belong_to_their_calls() -> None:
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "in a"}
    without_ids = [
        {"type": "tool_use", "name": "one", "input": {}},
        {"type": "tool_result", "content": "1"},
        {"type": "tool_use", "name": "two", "input": {}},
        {"type": "tool_result", "content": "2"},
    ]
    found = imported(
        chat(
            message("q", "human", "Why?"),
            message("a1", "assistant", "", content=[{"type": "tool_use", "id": "t1", "name": "find", "input": {}}]),
            message("r", "human", "", content=[result]),
            message("a2", "assistant", "", content=without_ids),
        )
    )
    path = found.conversations[0].path
    results = [(each.tool.name, each.content) for each in path if each.tool is not None]
    assert results == [("find", "in a"), ("one", "1"), ("two", "2")]
    assert found.left_out == {}


def test_text_of_attachments_is_below_the_prompt() -> None:
    attachments = [{"file_name": "a\n.py", "extracted_content": "x = 1"}, {"file_name": "b.pdf"}]
    found = imported(chat(message("q", "human", "Explain", attachments=attachments, files=[{"file_name": "c.png"}])))
    assert found.conversations[0].path[0].content == "Explain\n\na .py:\n\n```py\nx = 1\n```"
    assert found.left_out == {"file that is not in the export": 2}


def test_empty_conversation_is_refused() -> None:
    assert imported(chat(), chat(message("q", "human", "hi"))).refused == ["conversation 1: it has no messages"]
