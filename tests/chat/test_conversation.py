"""Conversation: a tree of messages, and the path through the tree."""

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


FIRST_TURN = Conversation("c").append(message("q1"), message("a1", "q1", "assistant"))


def test_empty_conversation_has_no_path() -> None:
    assert Conversation("c").path == ()


def test_path_runs_from_first_message_to_head() -> None:
    longer = FIRST_TURN.append(message("q2", "a1"), message("a2", "q2", "assistant"))

    assert ids(longer.path) == "q1 a1 q2 a2"
    assert longer.head_id == "a2"


def test_new_answer_is_a_sibling_and_becomes_head() -> None:
    again = FIRST_TURN.append(message("a1b", "q1", "assistant"))

    assert ids(again.path) == "q1 a1b"
    assert ids(again.siblings("a1b")) == ids(again.siblings("a1")) == "a1 a1b"
    assert ids(again.at("a1").path) == "q1 a1"


def test_edited_first_prompt_is_a_sibling() -> None:
    edited = FIRST_TURN.at(None).append(message("q1b"))

    assert ids(edited.path) == "q1b"
    assert ids(edited.siblings("q1")) == "q1 q1b"


def test_siblings_have_the_same_role() -> None:
    other = FIRST_TURN.append(message("q9", "q1"))

    assert ids(other.siblings("q9")) == "q9"


def test_appending_at_an_earlier_head_keeps_all_messages() -> None:
    back = FIRST_TURN.at("q1").append(message("a2", "q1", "assistant"))

    assert list(back.messages) == ["q1", "a1", "a2"]


def test_conversation_is_immutable() -> None:
    FIRST_TURN.append(message("q2", "a1"))
    FIRST_TURN.at("q1")
    FIRST_TURN.with_message(message("a1", "q1", "assistant", "else"))

    assert ids(FIRST_TURN.path) == "q1 a1"
    assert FIRST_TURN.messages["a1"].content == "a1"


def test_with_message_replaces_a_message_in_place() -> None:
    updated = FIRST_TURN.append(message("q2", "a1")).with_message(message("a1", "q1", "assistant", "more of it"))

    assert [each.content for each in updated.path] == ["q1", "more of it", "q2"]
    assert list(updated.messages) == ["q1", "a1", "q2"]


def test_only_first_prompt_gives_the_title() -> None:
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
def test_title_is_the_first_words_on_one_line(prompt: str, title: str) -> None:
    assert title_from(prompt) == title


@given(st.text())
def test_title_is_one_short_line(prompt: str) -> None:
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
def test_message_without_any_content_is_empty(arrived: ChatMessage, is_empty: bool) -> None:
    assert arrived.is_empty is is_empty


@pytest.mark.parametrize(
    ("message", "can_continue"),
    [
        (ChatMessage("a", "assistant", "So", outcome="failed"), True),
        (ChatMessage("a", "assistant", "So", finish_reason="length"), True),
        (ChatMessage("a", "assistant", "So"), False),
        (ChatMessage("a", "assistant", "<think>Hm", outcome="failed"), False),
        (ChatMessage("a", "assistant", "<think>Hm</think>\nSo", outcome="failed"), True),
        (ChatMessage("a", "assistant", " \n", outcome="failed"), False),
        (ChatMessage("q", "user", "Why", outcome="failed"), False),
    ],
)
def test_only_incomplete_answers_with_text_can_continue(message: ChatMessage, can_continue: bool) -> None:
    assert message.can_continue is can_continue


def test_text_of_answers_has_no_thinking() -> None:
    content = "<think>Hm</think>\nSo"

    assert ChatMessage("a", "assistant", content).text == "So"
    assert ChatMessage("q", "user", content).text == content


@pytest.mark.parametrize(
    ("chunk", "has_text"),
    [
        (StreamingChunk(finish_reason="stop", model="m"), False),
        (StreamingChunk(content="Hi"), True),
        (StreamingChunk(thinking="Hm"), True),
        (StreamingChunk(tool_calls=(ToolCall("f", {}),)), True),
    ],
)
def test_chunk_has_text_if_it_carries_part_of_the_answer(chunk: StreamingChunk, has_text: bool) -> None:
    assert chunk.has_text is has_text


def tree() -> Conversation:
    """Two turns: the second prompt has two versions, and its second version has two answers."""
    first_turn = Conversation("c").append(ChatMessage("q1", "user", "1"), ChatMessage("a1", "assistant", "1", "q1"))
    old = first_turn.append(ChatMessage("q2", "user", "2", "a1"), ChatMessage("a2", "assistant", "2", "q2"))
    new = old.append(ChatMessage("q3", "user", "3", "a1"), ChatMessage("a3", "assistant", "3", "q3"))
    return new.append(ChatMessage("a4", "assistant", "4", "q3"))


def path_of(conversation: Conversation) -> list[str]:
    return [message.id for message in conversation.path]


def test_versions_of_messages_on_the_path() -> None:
    assert tree().versions == {"q3": (2, 2), "a4": (2, 2)}
    assert tree().at("a2").versions == {"q2": (1, 2)}
    assert Conversation("c").versions == {}


def test_through_leads_to_latest_message_below() -> None:
    assert path_of(tree().through("q2")) == ["q1", "a1", "q2", "a2"]
    assert path_of(tree().through("q3")) == ["q1", "a1", "q3", "a4"]
    assert path_of(tree().through("a3")) == ["q1", "a1", "q3", "a3"]


def test_without_moves_path_to_another_version_or_parent() -> None:
    assert path_of(tree().without("a4")) == ["q1", "a1", "q3", "a3"]
    assert path_of(tree().without("q3")) == ["q1", "a1", "q2", "a2"]
    assert set(tree().without("q3").messages) == {"q1", "a1", "q2", "a2"}
    assert path_of(tree().without("q1")) == []
    assert tree().without("q1").messages == {}
    assert path_of(tree().without("q2")) == ["q1", "a1", "q3", "a4"]


def test_fork_copies_messages_under_new_ids() -> None:
    numbers = iter(range(100))
    fork = tree().forked("q3", "T (fork)", lambda: f"n{next(numbers)}", 7.0)

    assert [message.content for message in fork.path] == ["1", "1", "3"]
    assert not {fork.id, *fork.messages} & {"c", *tree().messages}
    assert fork.title == "T (fork)"
    assert fork.created_at == 7.0


def test_size_is_that_of_all_messages() -> None:
    prompt = ChatMessage("p", "user", "hello")
    answers = [ChatMessage(name, "assistant", "yes", parent_id="p", thinking="hm") for name in "ab"]
    assert Conversation("c").size == 0
    assert Conversation("c").append(prompt, answers[0]).append(answers[1]).size == 5 + 2 * 5
