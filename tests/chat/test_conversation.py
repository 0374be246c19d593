"""Conversation: a tree of messages, and the path through it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.conversation import TITLE_LENGTH, Conversation, title_from
from tui.chat.message import ChatMessage, Role


def message(message_id: str, parent_id: str | None = None, role: Role = "user", content: str = "") -> ChatMessage:
    return ChatMessage(message_id, role, content or message_id, parent_id)


def ids(messages: tuple[ChatMessage, ...]) -> str:
    return " ".join(message.id for message in messages)


ASKED = Conversation("c").append(message("q1"), message("a1", "q1", "assistant"))


def test_a_conversation_in_which_nothing_was_said_has_no_path() -> None:
    assert Conversation("c").path == ()


def test_the_path_goes_from_the_first_message_to_the_head() -> None:
    longer = ASKED.append(message("q2", "a1"), message("a2", "q2", "assistant"))

    assert ids(longer.path) == "q1 a1 q2 a2"
    assert longer.head_id == "a2"


def test_a_new_answer_stands_beside_the_old_one_and_takes_the_path() -> None:
    again = ASKED.append(message("a1b", "q1", "assistant"))

    assert ids(again.path) == "q1 a1b"
    assert ids(again.siblings("a1b")) == ids(again.siblings("a1")) == "a1 a1b"
    assert ids(again.at("a1").path) == "q1 a1"


def test_an_edited_first_prompt_is_a_sibling_of_the_first_prompt() -> None:
    edited = ASKED.at(None).append(message("q1b"))

    assert ids(edited.path) == "q1b"
    assert ids(edited.siblings("q1")) == "q1 q1b"


def test_messages_of_another_role_are_no_siblings() -> None:
    odd = ASKED.append(message("q9", "q1"))

    assert ids(odd.siblings("q9")) == "q9"


def test_nothing_that_was_said_is_lost_by_going_back() -> None:
    back = ASKED.at("q1").append(message("a2", "q1", "assistant"))

    assert list(back.messages) == ["q1", "a1", "a2"]


def test_a_conversation_never_changes_under_whoever_holds_it() -> None:
    ASKED.append(message("q2", "a1"))
    ASKED.at("q1")
    ASKED.with_message(message("a1", "q1", "assistant", "else"))

    assert ids(ASKED.path) == "q1 a1"
    assert ASKED.messages["a1"].content == "a1"


def test_a_message_can_be_brought_to_a_newer_state_where_it_stands() -> None:
    grown = ASKED.append(message("q2", "a1")).with_message(message("a1", "q1", "assistant", "more of it"))

    assert [each.content for each in grown.path] == ["q1", "more of it", "q2"]
    assert list(grown.messages) == ["q1", "a1", "q2"]


def test_the_first_prompt_gives_the_title_and_later_ones_do_not() -> None:
    begun = Conversation("c").append(message("s", role="system"), message("q1", "s", content="Why is\nthe sky blue?"))

    assert begun.title == "Why is the sky blue?"
    assert begun.append(message("q2", "q1", content="And the sea?")).title == "Why is the sky blue?"
    assert Conversation("c", title="Mine").append(message("q1")).title == "Mine"


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("", ""),
        ("  Hello,\n\tworld  ", "Hello, world"),
        ("x" * TITLE_LENGTH, "x" * TITLE_LENGTH),
        ("x" * (TITLE_LENGTH + 1), "x" * (TITLE_LENGTH - 1) + "…"),
        ("word " * 20, "word " * 10 + "word…"),
        ("a " + "x" * 80, "a " + "x" * 57 + "…"),
    ],
)
def test_a_title_is_the_first_words_on_one_line(prompt: str, title: str) -> None:
    assert title_from(prompt) == title


@given(st.text())
def test_a_title_is_never_too_long_and_never_more_than_a_line(prompt: str) -> None:
    title = title_from(prompt)

    assert len(title) <= TITLE_LENGTH
    assert title == " ".join(title.split())


@pytest.mark.parametrize(
    ("arrived", "is_empty"),
    [
        (ChatMessage("a", "assistant", ""), True),
        (ChatMessage("a", "assistant", "Hi"), False),
        (ChatMessage("a", "assistant", "", thinking="Hm"), False),
        (ChatMessage("a", "assistant", "", tool_calls=(ToolCall("f", {}),)), False),
    ],
)
def test_a_message_is_empty_when_nothing_of_it_arrived(arrived: ChatMessage, is_empty: bool) -> None:
    assert arrived.is_empty is is_empty


@pytest.mark.parametrize(
    ("chunk", "has_text"),
    [
        (StreamingChunk(finish_reason="stop", model="m"), False),
        (StreamingChunk(content="Hi"), True),
        (StreamingChunk(thinking="Hm"), True),
        (StreamingChunk(tool_calls=(ToolCall("f", {}),)), True),
    ],
)
def test_a_chunk_has_text_when_something_of_the_answer_came_with_it(chunk: StreamingChunk, has_text: bool) -> None:
    assert chunk.has_text is has_text
