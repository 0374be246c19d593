"""Turn events applied to the scrollback."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.message import ChatMessage
from tui.chat.tool_outcome import ToolOutcome
from tui.chat.turn import (
    AnswerStarted,
    ChunkReceived,
    ToolCallEnded,
    ToolCallsReceived,
    ToolCallStarted,
    ToolCallWaiting,
    ToolsUnavailable,
    TurnEnded,
    TurnRetried,
    TurnStarted,
    TurnUpdate,
)
from tui.ui.log import turns
from tui.ui.log.scrollback import Scrollback

PROMPT = ChatMessage("p", "user", "hi")
ANSWER = ChatMessage("a", "assistant", "", parent_id="p", outcome="streaming", model="m")
WHOLE = ChatMessage("a", "assistant", "Hello", parent_id="p", model="m")


def shown_text(scrollback: Scrollback) -> str:
    """The text of all lines, without blanks and role lines."""
    lines = [line.text for entry in scrollback.entries for line in entry.lines(40)]
    return " ".join(text.strip() for text in lines if text.strip() and text not in ("You", "m"))


def test_turn_events_update_the_scrollback() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    turns.apply(scrollback, TurnStarted(PROMPT, ANSWER))
    assert shown_text(scrollback) == "hi ∙ ∙ ∙"
    turns.apply(scrollback, TurnRetried(1, 2.0, "connect", "Server unreachable."))
    assert shown_text(scrollback) == "hi ∙ ∙ ∙  Server unreachable. Trying again…"
    turns.apply(scrollback, ChunkReceived(StreamingChunk("Hel")))
    assert shown_text(scrollback) == "hi Hel▍"
    turns.apply(scrollback, TurnEnded(WHOLE))
    assert shown_text(scrollback) == "hi Hello"
    assert scrollback.live is None


def test_events_after_turn_end_are_ignored() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in (TurnStarted(PROMPT, ANSWER), TurnEnded(WHOLE), ChunkReceived(StreamingChunk("x")), TurnEnded(WHOLE)):
        turns.apply(scrollback, update)
    turns.end(scrollback, (PROMPT, WHOLE))
    turns.apply(scrollback, TurnRetried(1, 2.0, "connect", "Server unreachable."))

    assert shown_text(scrollback) == "hi Hello"


def test_new_attempt_replaces_previous_answer() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in (TurnStarted(PROMPT, ANSWER), TurnEnded(WHOLE)):
        turns.apply(scrollback, update)
    turns.apply(scrollback, TurnStarted(PROMPT, ChatMessage("b", "assistant", "", "p", outcome="streaming")))

    assert [entry.message.id for entry in scrollback.entries] == ["p", "b"]


def test_end_shows_turn_that_never_started() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    turns.end(scrollback, (PROMPT, WHOLE))

    assert shown_text(scrollback) == "hi Hello"


CALLING = ChatMessage("a", "assistant", "", "p", model="m", tool_calls=(ToolCall("look", {}, "c1"),))
RUNNING = ChatMessage("t", "tool", "", "a", outcome="streaming", tool=ToolOutcome("c1", "look", "lab.look"))
RESULT = replace(RUNNING, content="A cat.", outcome="complete")
NEXT = ChatMessage("b", "assistant", "", "t", outcome="streaming", model="m")
LAST = replace(NEXT, content="It is a cat.", outcome="complete")

TOOL_TURN: tuple[TurnUpdate, ...] = (
    TurnStarted(PROMPT, ANSWER),
    ToolsUnavailable("The server den cannot be started."),
    ChunkReceived(StreamingChunk(tool_calls=CALLING.tool_calls)),
    ToolCallsReceived(CALLING, (RUNNING,)),
    ToolCallWaiting(RUNNING),
    ToolCallStarted(RUNNING),
    ToolCallEnded(RESULT),
    AnswerStarted(NEXT),
    ChunkReceived(StreamingChunk("It is a cat.")),
    TurnEnded(LAST),
)


def shown_messages(scrollback: Scrollback) -> list[ChatMessage]:
    return [entry.message for entry in scrollback.entries]


def test_turn_with_tools_shows_each_message_once() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in TOOL_TURN:
        turns.apply(scrollback, update)

    assert shown_messages(scrollback) == [PROMPT, CALLING, RESULT, LAST]
    assert "ƒ lab.look" in shown_text(scrollback)
    assert "look({})" not in shown_text(scrollback)
    assert scrollback.live is None


@pytest.mark.parametrize("count", range(len(TOOL_TURN) + 1))
def test_end_completes_a_turn_with_tools_that_was_shown_in_part(count: int) -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in TOOL_TURN[:count]:
        turns.apply(scrollback, update)
    turns.end(scrollback, (PROMPT, CALLING, RESULT, LAST))

    assert shown_messages(scrollback) == [PROMPT, CALLING, RESULT, LAST]
    assert scrollback.live is None


def test_next_answer_to_shown_results_follows_them() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in TOOL_TURN:
        turns.apply(scrollback, update)
    turns.apply(scrollback, TurnStarted(PROMPT, replace(NEXT, id="c")))

    assert [message.id for message in shown_messages(scrollback)] == ["p", "a", "t", "c"]
