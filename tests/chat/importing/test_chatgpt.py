"""Importing ChatGPT conversations."""

from __future__ import annotations

import json
from typing import Any

from tests.importing import NOW, read_all
from tests.session.tool_boxes import assert_strict
from tui.chat.importing.report import Imported
from tui.chat.message import ChatMessage
from tui.session.history import messages_to_send


def node(
    id_: str, parent: str | None, role: str = "", content: dict[str, Any] | str | None = None, **more: Any
) -> dict[str, Any]:
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    message = {"id": id_, "author": {"role": role}, "create_time": 1_700_000_000.5, "content": content, **more}
    return {"id": id_, "parent": parent, "children": [], "message": message if role else None}


def conversation(*nodes: dict[str, Any], current: str) -> dict[str, Any]:
    return {
        "title": "About cats",
        "create_time": 1_699_999_999.25,
        "mapping": {each["id"]: each for each in nodes},
        "current_node": current,
        "conversation_id": "conv-1",
        "default_model_slug": "gpt-5",
    }


def imported(*rows: dict[str, Any]) -> Imported:
    return read_all("export", json.dumps(list(rows)))


def path_of(found: Imported) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in found.conversations[0].path]


def test_hidden_messages_are_skipped() -> None:
    found = imported(
        conversation(
            node("root", None),
            node("s", "root", "system", ""),
            node("u", "s", "user", "My name is x", metadata={"is_visually_hidden_from_conversation": True}),
            node("q", "u", "user", "Why?"),
            node("a1", "q", "assistant", "Because.", metadata={"model_slug": "gpt-4o"}),
            node(
                "a2",
                "q",
                "assistant",
                "Therefore",
                metadata={"model_slug": "gpt-5", "finish_details": {"type": "max_tokens"}},
            ),
            current="a2",
        )
    )
    assert path_of(found) == [("user", "Why?"), ("assistant", "Therefore")]
    one = found.conversations[0]
    assert (one.title, one.created_at, one.model) == ("About cats", 1_699_999_999.25, "gpt-5")
    assert [(version.content, version.model) for version in one.siblings(one.path[-1].id)] == [
        ("Because.", "gpt-4o"),
        ("Therefore", "gpt-5"),
    ]
    assert one.path[-1].finish_reason == "length"
    assert one.path[-1].can_continue
    assert list(found.left_out_descriptions) == []


def test_thinking_and_tool_calls_are_imported() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "x", "content": "Hm."}, None, {"content": "So."}]}
    found = imported(
        conversation(
            node("q", None, "user", "Why?"),
            node("t", "q", "assistant", thoughts),
            node("r", "t", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 5s"}),
            node("s", "r", "assistant", "Let me see."),
            node("c", "s", "assistant", {"content_type": "code", "text": '{"q": "cats"}'}, recipient="web"),
            node("o", "c", "tool", {"content_type": "tether_browsing_display", "result": "Cats sleep."}),
            node("p", "o", "tool", {"content_type": "tether_quote", "text": "A lot."}),
            node("d", "p", "assistant", {"content_type": "code", "text": "1 + 1"}, recipient="python"),
            node("e", "d", "tool", {"content_type": "execution_output", "text": "2"}),
            node("a", "e", "assistant", "Because."),
            current="a",
        )
    )
    assert path_of(found) == [
        ("user", "Why?"),
        ("assistant", "Let me see."),
        ("tool", "Cats sleep.\n\nA lot."),
        ("assistant", ""),
        ("tool", "2"),
        ("assistant", "Because."),
    ]
    path = found.conversations[0].path
    assert path[1].thinking == "Hm.\n\nSo."
    assert [(call.name, call.arguments) for message in path for call in message.tool_calls] == [
        ("web", {"q": "cats"}),
        ("python", "1 + 1"),
    ]
    for call, result in ((path[1], path[2]), (path[3], path[4])):
        assert result.tool is not None
        assert result.tool.call_id == call.tool_calls[0].id
        assert result.tool.approval == "elsewhere"
    assert_strict(messages_to_send("", path[:-1], ChatMessage("n", "user", "And?"), None)[:-1])
    assert list(found.left_out_descriptions) == []


def test_result_without_a_call_is_reported() -> None:
    found = imported(
        conversation(
            node("q", None, "user", "Why?"),
            node("o", "q", "tool", {"content_type": "text", "parts": ["x"]}),
            node("a", "o", "assistant", "Because."),
            current="a",
        )
    )
    assert path_of(found) == [("user", "Why?"), ("assistant", "Because.")]
    assert list(found.left_out_descriptions) == ["1 × tool message"]


def test_consecutive_answers_are_joined() -> None:
    found = imported(
        conversation(
            node("q", None, "user", "Why?"),
            node("a", "q", "assistant", "First"),
            node("b", "a", "assistant", "then"),
            node("c", "b", "assistant", {"content_type": "code", "language": "python", "text": "x = 1"}),
            node("q2", "c", "user", "Thanks"),
            current="q2",
        )
    )
    assert path_of(found) == [
        ("user", "Why?"),
        ("assistant", "First\n\nthen\n\n```python\nx = 1\n```"),
        ("user", "Thanks"),
    ]


def test_missing_images_are_reported_and_speech_is_text() -> None:
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"},
        {"content_type": "audio_transcription", "text": "What is it?"},
        "Look",
    ]
    found = imported(
        conversation(
            node("q", None, "user", {"content_type": "multimodal_text", "parts": parts}),
            node("x", "q", "assistant", {"content_type": "tether_quote", "text": "A quote."}),
            node("y", "q", "assistant", {"content_type": "strange"}),
            node("z", "q", "pope", "Hello"),
            current="x",
        )
    )
    assert path_of(found) == [("user", "What is it?\n\nLook"), ("assistant", "A quote.")]
    assert sorted(found.left_out_descriptions) == [
        "1 × content of type strange",
        "1 × image or file that is not in the export",
        "1 × message of unknown role",
    ]


def test_tree_with_cycles_and_missing_parents_is_imported() -> None:
    found = imported(
        conversation(
            node("a", "c", "user", "one"),
            node("b", "a", "assistant", "two"),
            node("c", "b", "user", "three"),
            node("d", "nowhere", "user", "four"),
            node("e", "e", "user", "five"),
            current="none",
        )
    )
    one = found.conversations[0]
    assert sorted(message.content for message in one.messages.values()) == ["five", "four", "one", "three", "two"]
    assert len(one.path) >= 1
    assert all(one.at(id_).path for id_ in one.messages)


def test_very_long_conversation_is_imported() -> None:
    nodes = [node("0", None, "user", "0")]
    nodes += [
        node(str(index), str(index - 1), "user" if index % 2 == 0 else "assistant", str(index))
        for index in range(1, 20_000)
    ]
    # Reversed, because the order of the nodes is not specified.
    found = imported(conversation(*reversed(nodes), current="19999"))
    assert len(found.conversations[0].path) == 20_000


def test_nodes_with_only_children_keep_their_path() -> None:
    nodes = [node("root", None), node("q", "root", "user", "Why?"), node("a", "q", "assistant", "Because.")]
    nodes[0]["children"], nodes[1]["children"] = ["q"], ["a"]
    for each in nodes:
        del each["parent"]
    assert path_of(imported(conversation(*nodes, current="a"))) == [("user", "Why?"), ("assistant", "Because.")]


def test_parent_wins_over_children_that_disagree() -> None:
    nodes = [node("q", None, "user", "Why?"), node("p", None, "user", "How?"), node("a", "q", "assistant", "Because.")]
    nodes[1]["children"] = ["a", "p", 5, "nowhere"]
    assert path_of(imported(conversation(*nodes, current="a"))) == [("user", "Why?"), ("assistant", "Because.")]


def times(**changed: Any) -> list[float]:
    """The times of a conversation whose messages have none: its own, and those of its messages."""
    nodes = [node("q", None, "user", "Why?"), node("a", "q", "assistant", "Because.")]
    for each in nodes:
        each["message"]["create_time"] = None
    one = imported({**conversation(*nodes, current="a"), "create_time": None, **changed}).conversations[0]
    return [one.created_at, *(message.created_at for message in one.path)]


def test_messages_without_times_take_those_of_the_conversation() -> None:
    assert times(create_time=5.0, update_time=9.0) == [5.0] * 3
    assert times(update_time=9.0) == [9.0] * 3
    assert times(create_time="2026-01-05T03:32:10Z") == [NOW] * 3
    assert times(create_time="2026-01-05") == [1_767_571_200.0] * 3
    assert times() == [NOW] * 3
    assert times(create_time=1e300) == [NOW] * 3


def test_message_without_time_takes_that_of_the_message_above() -> None:
    nodes = [node("q", None, "user", "Why?"), node("a", "q", "assistant", "Because.")]
    del nodes[1]["message"]["create_time"]
    one = imported(conversation(*nodes, current="a")).conversations[0]
    assert one.path[-1].created_at == one.path[0].created_at == 1_700_000_000.5
