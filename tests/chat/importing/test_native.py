"""Our own export, read again: what went out comes back as it was, and nothing that was tampered with does harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from tests.strategies import conversations
from tui.chat.chunk import ToolCall, Usage
from tui.chat.conversation import Conversation
from tui.chat.export import as_json, exported
from tui.chat.importing.native import read_native
from tui.chat.importing.reading import read_conversations
from tui.chat.importing.values import Unusable
from tui.chat.message import AnswerStats, ChatMessage, Failure, Image

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20

WHOLE = Conversation("c1", "About cats", 5.0, "ollama", "llama", system_prompt="Be kind.", options={"seed": 1}).append(
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


def test_what_went_out_comes_back_as_it_was() -> None:
    imported = read_conversations("it", exported(WHOLE, "json"))
    assert imported.conversations == [WHOLE]
    assert exported(imported.conversations[0], "json") == exported(WHOLE, "json")
    assert (imported.refused, dict(imported.left_out)) == ([], {})


@given(conversations())
def test_whatever_can_be_kept_comes_back_as_it_was(conversation: Conversation) -> None:
    text = exported(conversation, "json")
    assert exported(read_conversations("it", text).conversations[0], "json") == text


def test_several_are_read_out_of_a_list() -> None:
    rows = [as_json(WHOLE), as_json(Conversation("c2", "Empty"))]
    assert [each.id for each in read_conversations("it", json.dumps(rows)).conversations] == ["c1", "c2"]


def test_an_answer_that_was_not_whole_yet_comes_back_as_cut() -> None:
    streaming = Conversation("c").append(ChatMessage("m", "assistant", "Hel", outcome="streaming"))
    answer = read_native(as_json(streaming)).messages["m"]
    assert (answer.content, answer.outcome, answer.failure and answer.failure.kind) == ("Hel", "failed", "interrupted")


def with_message(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda row: row["messages"][1].update(change)


def with_(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (with_({"version": 2}), "of a newer llm-tui"),
        (with_({"version": "1"}), "version is none"),
        (with_({"id": ""}), "id is no id"),
        (with_({"id": "a b"}), "id is no id"),
        (with_({"title": None}), "title is no text"),
        (with_({"created_at": "now"}), "created_at is no number"),
        (with_({"created_at": True}), "created_at is no number"),
        (with_({"created_at": 10**400}), "created_at is no number"),
        (with_({"head_id": "none"}), "head_id is none of its messages"),
        (with_({"options": []}), "options is no object"),
        (with_({"messages": {}}), "messages is no list"),
        (with_({"messages": [None]}), r"messages\[0\]: it is no object"),
        (with_message({"id": "m1"}), "its id is there twice"),
        (with_message({"parent_id": "m2"}), "it follows one that is not before it"),
        (with_message({"parent_id": "none"}), "it follows one that is not before it"),
        (with_message({"role": "tool"}), "role or outcome"),
        (with_message({"outcome": "lost"}), "role or outcome"),
        (with_message({"content": 5}), "content is no text"),
        (with_message({"tool_calls": ["x"]}), "a tool call is none"),
        (with_message({"tool_calls": [{"name": "x", "arguments": 5}]}), "a tool call is none"),
        (with_message({"images": ["x"]}), "an image is none"),
        (with_message({"images": [{"data": "!", "media_type": "image/png", "name": ""}]}), "no base64"),
        (with_message({"images": [{"data": "aGk=", "media_type": "image/bmp", "name": ""}]}), "models do not take"),
        (with_message({"failure": {"kind": "boredom"}}), "its failure is none"),
        (with_message({"figures": {"usage": 5}}), "its usage is no object"),
        (with_message({"figures": {"usage": {"prompt_tokens": 1.5}}}), "prompt_tokens is no whole number"),
    ],
)
def test_what_was_changed_by_hand_is_refused_and_said_why(change: Callable[[dict[str, Any]], None], why: str) -> None:
    row: dict[str, Any] = json.loads(exported(WHOLE, "json"))
    change(row)
    with pytest.raises(Unusable, match=why):
        read_native(row)
    imported = read_conversations("it", json.dumps([row, as_json(Conversation("c2"))]))
    assert [each.id for each in imported.conversations] == ["c2"]
    assert len(imported.refused) == 1


def test_half_a_character_is_replaced_for_nothing_can_keep_it() -> None:
    text = exported(WHOLE, "json").replace('"See?"', '"\\ud83d!"')
    assert read_conversations("it", text).conversations[0].messages["m1"].content == "\ufffd!"
