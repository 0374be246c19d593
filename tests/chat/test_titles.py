"""Titles that a model makes."""

from __future__ import annotations

import pytest

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.titles import MOST_READ, has_own_title, title_in, title_question

SAID = Conversation("c").append(
    ChatMessage("q", "user", "Why is the sky blue? " * 500),
    ChatMessage("a", "assistant", "<think>Hm</think>Because of Rayleigh.", "q"),
)


def test_the_model_is_shown_what_was_said_first_and_no_more_of_it_than_a_title_needs() -> None:
    longer = SAID.append(ChatMessage("q2", "user", "And the sea?", "a"))
    shown = title_question(longer)
    assert [message.role for message in shown] == ["user", "assistant", "user"]
    assert len(shown[0].content) == 2_000
    assert shown[1].content == "Because of Rayleigh."
    assert "title" in shown[2].content


@pytest.mark.parametrize(
    "said",
    [
        Conversation("c"),
        Conversation("c").append(ChatMessage("q", "user", "hi")),
        Conversation("c").append(ChatMessage("q", "user", "hi"), ChatMessage("a", "assistant", "", "q")),
    ],
)
def test_where_nothing_was_answered_nothing_is_asked(said: Conversation) -> None:
    assert title_question(said) == ()


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Blue skies\n", "Blue skies"),
        ('\n\n"Blue skies."\nBecause', "Blue skies"),
        ("**Title: Blue skies**\n", "Blue skies"),
        ("Titel: „Blauer Himmel“\n", "Blauer Himmel"),
        ("<think>Hm.\nHm.</think>\n\nBlue skies\n", "Blue skies"),
        ("Blue", None),
        ("", None),
        ("<think>Hm.\nHm.", None),
        ("\n\n", None),
        ("x" * 201, ""),
        ("<think>" + "Hm. " * MOST_READ, ""),
    ],
)
def test_the_first_line_of_its_answer_is_the_title(answer: str, title: str | None) -> None:
    assert title_in(answer) == title


def test_a_title_that_somebody_gave_is_known_from_one_that_was_made() -> None:
    assert not has_own_title(SAID)
    assert has_own_title(Conversation("c", "Mine"))
    assert has_own_title(Conversation("c", "Mine").append(ChatMessage("q", "user", "hi")))
