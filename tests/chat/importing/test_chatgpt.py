"""ChatGPT's conversations."""

from __future__ import annotations

import json
from typing import Any

from tui.chat.importing.reading import read_conversations
from tui.chat.importing.report import Imported


def place(
    id_: str, parent: str | None, role: str = "", content: dict[str, Any] | str | None = None, **more: Any
) -> dict[str, Any]:
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    message = {"id": id_, "author": {"role": role}, "create_time": 1_700_000_000.5, "content": content, **more}
    return {"id": id_, "parent": parent, "children": [], "message": message if role else None}


def conversation(*places: dict[str, Any], current: str) -> dict[str, Any]:
    return {
        "title": "About cats",
        "create_time": 1_699_999_999.25,
        "mapping": {each["id"]: each for each in places},
        "current_node": current,
        "conversation_id": "conv-1",
        "default_model_slug": "gpt-5",
    }


def imported(*rows: dict[str, Any]) -> Imported:
    return read_conversations("export", json.dumps(list(rows)))


def said(found: Imported) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in found.conversations[0].path]


def test_a_conversation_is_read_without_what_was_not_shown_there() -> None:
    found = imported(
        conversation(
            place("root", None),
            place("s", "root", "system", ""),
            place("u", "s", "user", "My name is x", metadata={"is_visually_hidden_from_conversation": True}),
            place("q", "u", "user", "Why?"),
            place("a1", "q", "assistant", "Because.", metadata={"model_slug": "gpt-4o"}),
            place(
                "a2",
                "q",
                "assistant",
                "Therefore",
                metadata={"model_slug": "gpt-5", "finish_details": {"type": "max_tokens"}},
            ),
            current="a2",
        )
    )
    assert said(found) == [("user", "Why?"), ("assistant", "Therefore")]
    one = found.conversations[0]
    assert (one.title, one.created_at, one.model) == ("About cats", 1_699_999_999.25, "gpt-5")
    assert [(version.content, version.model) for version in one.siblings(one.path[-1].id)] == [
        ("Because.", "gpt-4o"),
        ("Therefore", "gpt-5"),
    ]
    assert one.path[-1].finish_reason == "length"
    assert one.path[-1].can_continue
    assert list(found.left_out_words) == []


def test_what_was_thought_goes_with_the_answer_and_tools_are_reported() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "x", "content": "Hm."}, None, {"content": "So."}]}
    found = imported(
        conversation(
            place("q", None, "user", "Why?"),
            place("t", "q", "assistant", thoughts),
            place("r", "t", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 5s"}),
            place("c", "r", "assistant", {"content_type": "code", "text": "look()"}, recipient="web"),
            place("o", "c", "tool", {"content_type": "tether_browsing_display", "result": "x"}),
            place("a", "o", "assistant", "Because."),
            current="a",
        )
    )
    assert said(found) == [("user", "Why?"), ("assistant", "Because.")]
    assert found.conversations[0].path[-1].thinking == "Hm.\n\nSo."
    assert sorted(found.left_out_words) == ["1 × a call of a tool", "1 × a tool's message"]


def test_an_answer_in_pieces_becomes_one() -> None:
    found = imported(
        conversation(
            place("q", None, "user", "Why?"),
            place("a", "q", "assistant", "First"),
            place("b", "a", "assistant", "then"),
            place("c", "b", "assistant", {"content_type": "code", "language": "python", "text": "x = 1"}),
            place("q2", "c", "user", "Thanks"),
            current="q2",
        )
    )
    assert said(found) == [
        ("user", "Why?"),
        ("assistant", "First\n\nthen\n\n```python\nx = 1\n```"),
        ("user", "Thanks"),
    ]


def test_pictures_that_are_not_in_the_export_are_reported_and_speech_is_text() -> None:
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"},
        {"content_type": "audio_transcription", "text": "What is it?"},
        "Look",
    ]
    found = imported(
        conversation(
            place("q", None, "user", {"content_type": "multimodal_text", "parts": parts}),
            place("x", "q", "assistant", {"content_type": "tether_quote", "text": "A quote."}),
            place("y", "q", "assistant", {"content_type": "strange"}),
            place("z", "q", "pope", "Hello"),
            current="x",
        )
    )
    assert said(found) == [("user", "What is it?\n\nLook"), ("assistant", "A quote.")]
    assert sorted(found.left_out_words) == [
        "1 × a message of nobody known",
        "1 × a picture or a file that is not in the export",
        "1 × content of the kind strange",
    ]


def test_a_tree_that_goes_in_circles_and_loses_its_parents_still_has_an_end() -> None:
    found = imported(
        conversation(
            place("a", "c", "user", "one"),
            place("b", "a", "assistant", "two"),
            place("c", "b", "user", "three"),
            place("d", "nowhere", "user", "four"),
            place("e", "e", "user", "five"),
            current="none",
        )
    )
    one = found.conversations[0]
    assert sorted(message.content for message in one.messages.values()) == ["five", "four", "one", "three", "two"]
    assert len(one.path) >= 1
    assert all(one.at(id_).path for id_ in one.messages)


def test_a_conversation_as_long_as_anybodys_is_read_without_falling_over() -> None:
    places = [place("0", None, "user", "0")]
    places += [place(str(at), str(at - 1), "user" if at % 2 == 0 else "assistant", str(at)) for at in range(1, 20_000)]
    # The other way round, too: nothing says in which order they stand.
    found = imported(conversation(*reversed(places), current="19999"))
    assert len(found.conversations[0].path) == 20_000
