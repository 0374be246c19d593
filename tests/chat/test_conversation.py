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


def tree() -> Conversation:
    """Two turns, the second prompt edited once, its second answer given twice."""
    said = Conversation("c").append(ChatMessage("q1", "user", "1"), ChatMessage("a1", "assistant", "1", "q1"))
    old = said.append(ChatMessage("q2", "user", "2", "a1"), ChatMessage("a2", "assistant", "2", "q2"))
    new = old.append(ChatMessage("q3", "user", "3", "a1"), ChatMessage("a3", "assistant", "3", "q3"))
    return new.append(ChatMessage("a4", "assistant", "4", "q3"))


def path_of(conversation: Conversation) -> list[str]:
    return [message.id for message in conversation.path]


def test_each_message_knows_which_of_its_versions_it_is() -> None:
    assert tree().versions == {"q3": (2, 2), "a4": (2, 2)}
    assert tree().at("a2").versions == {"q2": (1, 2)}
    assert Conversation("c").versions == {}


def test_a_path_goes_through_a_message_down_to_what_was_said_last_after_it() -> None:
    assert path_of(tree().through("q2")) == ["q1", "a1", "q2", "a2"]
    assert path_of(tree().through("q3")) == ["q1", "a1", "q3", "a4"]
    assert path_of(tree().through("a3")) == ["q1", "a1", "q3", "a3"]


def test_without_a_message_the_path_goes_on_in_another_version_or_ends_before_it() -> None:
    assert path_of(tree().without("a4")) == ["q1", "a1", "q3", "a3"]
    assert path_of(tree().without("q3")) == ["q1", "a1", "q2", "a2"]
    assert set(tree().without("q3").messages) == {"q1", "a1", "q2", "a2"}
    assert path_of(tree().without("q1")) == []
    assert tree().without("q1").messages == {}
    assert path_of(tree().without("q2")) == ["q1", "a1", "q3", "a4"]


def test_a_fork_begins_as_the_conversation_did_and_shares_nothing_with_it() -> None:
    numbers = iter(range(100))
    fork = tree().forked("q3", lambda: f"n{next(numbers)}", 7.0)

    assert [message.content for message in fork.path] == ["1", "1", "3"]
    assert not {fork.id, *fork.messages} & {"c", *tree().messages}
    assert fork.title == tree().title
    assert fork.created_at == 7.0
