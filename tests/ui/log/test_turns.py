"""Turn events applied to the scrollback."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, TurnEnded, TurnRetried, TurnStarted
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
