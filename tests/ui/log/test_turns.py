"""What happens in a turn, in the scrollback."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, TurnEnded, TurnRetried, TurnStarted
from tui.ui.log import turns
from tui.ui.log.scrollback import Scrollback

PROMPT = ChatMessage("p", "user", "hi")
ANSWER = ChatMessage("a", "assistant", "", parent_id="p", outcome="streaming")
WHOLE = ChatMessage("a", "assistant", "Hello", parent_id="p")


def said(scrollback: Scrollback) -> str:
    lines = [line.text for entry in scrollback.entries for line in entry.lines(40)]
    return " ".join(text.strip() for text in lines if text.strip())


def test_a_turn_begins_grows_and_ends() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    turns.apply(scrollback, TurnStarted(PROMPT, ANSWER))
    assert said(scrollback) == "▌ hi"
    turns.apply(scrollback, TurnRetried(1, 2.0, "connect", "Nobody there."))
    assert said(scrollback) == "▌ hi Nobody there. Trying again…"
    turns.apply(scrollback, ChunkReceived(StreamingChunk("Hel")))
    assert said(scrollback) == "▌ hi Hel"
    turns.apply(scrollback, TurnEnded(WHOLE))
    assert said(scrollback) == "▌ hi Hello"
    assert scrollback.live is None


def test_what_comes_after_the_end_changes_nothing() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in (TurnStarted(PROMPT, ANSWER), TurnEnded(WHOLE), ChunkReceived(StreamingChunk("x")), TurnEnded(WHOLE)):
        turns.apply(scrollback, update)
    turns.end(scrollback, PROMPT, WHOLE)
    turns.apply(scrollback, TurnRetried(1, 2.0, "connect", "Nobody there."))

    assert said(scrollback) == "▌ hi Hello"


def test_another_try_takes_the_place_of_what_followed_its_prompt() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    for update in (TurnStarted(PROMPT, ANSWER), TurnEnded(WHOLE)):
        turns.apply(scrollback, update)
    turns.apply(scrollback, TurnStarted(PROMPT, ChatMessage("b", "assistant", "", "p", outcome="streaming")))

    assert [entry.message.id for entry in scrollback.entries] == ["p", "b"]


def test_a_turn_that_was_stopped_before_it_was_seen_is_seen_in_the_end() -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    turns.end(scrollback, PROMPT, WHOLE)

    assert said(scrollback) == "▌ hi Hello"
