"""Importing Open WebUI chats."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

import pytest

from tests.importing import read_all
from tests.session.tool_boxes import assert_strict
from tui.chat.importing.report import Imported
from tui.chat.message import ChatMessage
from tui.session.history import messages_to_send

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
URL = "data:image/png;base64," + base64.b64encode(PNG).decode()


def message(id_: str, parent: str | None, role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "parentId": parent, "role": role, "content": content, "timestamp": 1_700_000_000, **more}


def chat(*messages: dict[str, Any], current: str, **more: Any) -> dict[str, Any]:
    history = {"messages": {each["id"]: each for each in messages}, "currentId": current}
    return {
        "id": "chat-1",
        "title": "About cats",
        "created_at": 1_699_999_999,
        "chat": {"models": ["llama3.2:latest"], "history": history, "timestamp": 1_699_999_999_000, **more},
    }


def imported(*chats: dict[str, Any]) -> Imported:
    return read_all("export", json.dumps(list(chats)))


def test_versions_and_path_are_imported() -> None:
    found = imported(
        chat(
            message("q", None, "user", "Why?"),
            message("a1", "q", "assistant", "Because.", model="llama3.2:latest"),
            message("a2", "q", "assistant", "Therefore.", model="qwen3"),
            message("q2", "a1", "user", "Really?"),
            current="a2",
        )
    ).conversations[0]
    assert (found.title, found.created_at, found.model) == ("About cats", 1_699_999_999, "llama3.2:latest")
    assert [(message.role, message.content, message.model) for message in found.path] == [
        ("user", "Why?", ""),
        ("assistant", "Therefore.", "qwen3"),
    ]
    answer = found.path[-1]
    assert [version.content for version in found.siblings(answer.id)] == ["Because.", "Therefore."]
    assert len(found.messages) == 4
    assert answer.created_at == 1_700_000_000


def test_ids_are_stable_and_differ_between_chats() -> None:
    one = chat(message("q", None, "user", "Why?"), current="q")
    first, again = (imported(one).conversations[0] for _ in range(2))
    assert first == again
    other = imported({**one, "id": "chat-2"}).conversations[0]
    assert {first.id, *first.messages}.isdisjoint({other.id, *other.messages})


def test_system_prompt_is_imported() -> None:
    found = imported(chat(message("q", None, "user", "Why?"), current="q", params={"system": "Be kind."}))
    assert found.conversations[0].system_prompt == "Be kind."


def test_images_are_imported_and_other_files_reported() -> None:
    files = [
        {"type": "image", "url": URL, "name": "cat.png"},
        {"type": "image", "url": "data:image/bmp;base64,Qk0="},
        {"type": "image", "url": "data:image/png;base64,%%%"},
        {"type": "file", "id": "f1", "name": "notes.pdf"},
        "nothing",
    ]
    found = imported(chat(message("q", None, "user", "See", files=files), current="q"))
    assert [image.data for image in found.conversations[0].path[0].images] == [PNG]
    assert sorted(found.left_out_descriptions) == [
        "2 × file that is not in the export",
        "2 × image of an unsupported type",
    ]


def test_reasoning_is_separated_from_the_answer() -> None:
    content = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
        "&gt; Cats &amp; dogs.\n&gt; \n&gt; Hm.\n</details>\n"
        '<details type="tool_calls" done="true"><summary>Tool</summary></details>\nBecause.'
    )
    found = imported(chat(message("q", None, "user", "Why?"), message("a", "q", "assistant", content), current="a"))
    answer = found.conversations[0].path[-1]
    assert (answer.thinking, answer.content) == ("Cats & dogs.\n\nHm.", "Because.")
    assert list(found.left_out_descriptions) == ["1 × output of a tool or code interpreter"]


def tool_details(arguments: str, result: str = "", body: str = "", done: str = "true") -> str:
    result = f' result="{html.escape(result)}"' if result else ""
    return (
        f'<details type="tool_calls" done="{done}" id="call_1" name="look"'
        f' arguments="{html.escape(arguments)}"{result}>'
        f"\n<summary>Tool Executed</summary>\n{html.escape(body)}</details>\n"
    )


@pytest.mark.parametrize(
    ("details", "arguments", "result"),
    [
        (tool_details('{"at": "<cats>"}', '"two & cats"'), {"at": "<cats>"}, "two & cats"),
        (tool_details(json.dumps('{"at": 1}'), body='{"n": 2}'), {"at": 1}, '{"n": 2}'),
        (tool_details("at cats", body="[1"), "at cats", "[1"),
    ],
    ids=["attribute", "body", "not JSON"],
)
def test_tool_calls_are_imported(details: str, arguments: object, result: str) -> None:
    content = f"Let me see.\n{details}{details}\nTwo.\n{details}Done."
    found = imported(chat(message("q", None, "user", "Why?"), message("a", "q", "assistant", content), current="a"))

    path = found.conversations[0].path
    assert [(each.role, each.content) for each in path] == [
        ("user", "Why?"),
        ("assistant", "Let me see."),
        ("tool", result),
        ("tool", result),
        ("assistant", "Two."),
        ("tool", result),
        ("assistant", "Done."),
    ]
    assert {call.name for each in path for call in each.tool_calls} == {"look"}
    assert all(call.arguments == arguments for each in path for call in each.tool_calls)
    assert_strict(messages_to_send("", path, ChatMessage("n", "user", "And?")))
    assert list(found.left_out_descriptions) == []


def test_tool_call_without_a_result_is_imported_as_the_last_of_an_answer() -> None:
    content = f"Hm. {tool_details('{}', done='false')}"
    found = imported(chat(message("q", None, "user", "Why?"), message("a", "q", "assistant", content), current="a"))

    answer = found.conversations[0].path[-1]
    assert (answer.role, answer.content, len(answer.tool_calls)) == ("assistant", "Hm.", 1)


def test_tool_calls_of_newer_versions_are_imported() -> None:
    output: list[Any] = [
        {"type": "message", "content": [{"type": "output_text", "text": "Let me see."}]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"at": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "two"}]},
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": ""},
        {"type": "function_call_output", "call_id": "c2", "output": "three"},
        "nonsense",
        {"type": "message", "content": [{"type": "output_text", "text": "Done."}]},
    ]
    answer = message("a", "q", "assistant", "Let me see.Done.", output=output)
    found = imported(chat(message("q", None, "user", "Why?"), answer, current="a"))

    assert [(each.role, each.content) for each in found.conversations[0].path] == [
        ("user", "Why?"),
        ("assistant", "Let me see."),
        ("tool", "two"),
        ("tool", "three"),
        ("assistant", "Done."),
    ]


def test_failed_answer_is_imported_as_failed() -> None:
    found = imported(
        chat(
            message("q", None, "user", "Why?"),
            message("a", "q", "assistant", "Bec", error={"content": "model not found"}),
            message("b", "q", "assistant", "It broke", error=True),
            current="a",
        )
    ).conversations[0]
    first, second = (message for message in found.messages.values() if message.role == "assistant")
    assert (first.content, first.outcome) == ("Bec", "failed")
    assert first.failure is not None
    assert first.failure.message == "model not found"
    assert (second.content, second.failure and second.failure.message) == ("", "It broke")


def test_chat_without_wrapper_object_is_imported() -> None:
    bare = chat(message("q", None, "user", "Why is the sky blue?"), current="q")["chat"]
    found = read_all("export", json.dumps(bare)).conversations[0]
    assert found.title == "Why is the sky blue?"


def test_empty_chat_is_rejected_and_others_imported() -> None:
    found = imported(chat(current=""), chat(message("q", None, "user", "Why?"), current="q"))
    assert found.refused == ["'About cats': it has no messages"]
    assert len(found.conversations) == 1


def test_messages_with_only_children_keep_their_path() -> None:
    nodes = [message("q", None, "user", "Why?"), message("a", None, "assistant", "Because.")]
    nodes[0]["childrenIds"] = ["a"]
    found = imported(chat(*nodes, current="a")).conversations[0]
    assert [each.content for each in found.path] == ["Why?", "Because."]


def test_messages_without_times_take_that_of_the_chat() -> None:
    nodes = [message("q", None, "user", "Why?", timestamp=None), message("a", "q", "assistant", "So.", timestamp="")]
    found = imported(chat(*nodes, current="a")).conversations[0]
    assert {each.created_at for each in found.path} == {1_699_999_999}
