"""TurnLog: what the log shows of turns beside their messages."""

from __future__ import annotations

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import TurnStarted
from tui.ui.log.entries import AnswerEntry, entries_for
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.turn_log import TurnLog
from tui.workspace.turn_stats import TurnProgress

PROMPT = ChatMessage("p", "user", "hi")
ANSWER = ChatMessage("a", "assistant", "", parent_id="p", outcome="streaming", model="m")


class RunningLog:
    """A log in which a turn has begun."""

    def __init__(self) -> None:
        self.scrollback = Scrollback()
        self.scrollback.resize(40, 10)
        self.turns = TurnLog(self.scrollback, lambda _: None, lambda: None, only_answers=False)
        self.selected = self.turns.apply(TurnStarted(PROMPT, ANSWER), PROMPT, 0)

    @property
    def answer(self) -> AnswerEntry:
        entry = self.scrollback.entries[-1]
        assert isinstance(entry, AnswerEntry)
        return entry


def test_prompt_stays_selected_when_it_is_answered_again() -> None:
    log = RunningLog()

    assert log.selected == 0
    assert log.turns.apply(TurnStarted(ChatMessage("q", "user", "and?", "a"), ANSWER), PROMPT, 0) is None


def test_time_of_thinking_is_known_to_entries_that_are_made_anew() -> None:
    log, other = RunningLog(), RunningLog()
    log.turns.tick(TurnProgress("thinking", 2.5, 3.0), 2.5)
    assert log.answer.thinking_s == 2.5
    other.turns.keep_thinking_times(log.turns)
    entries = entries_for([PROMPT, ANSWER])
    other.turns.restore_times(entries)

    assert [entry.thinking_s for entry in entries if isinstance(entry, AnswerEntry)] == [2.5]


def test_stopped_turn_ends_with_its_note_and_actions() -> None:
    log = RunningLog()
    log.turns.failure_actions = lambda _: (("F7", "continue", "continue_answer"),)
    stopped = ChatMessage("a", "assistant", "Hel", parent_id="p", outcome="cancelled", model="m")
    log.turns.end(Conversation("c").append(PROMPT, stopped), stopped)
    log.turns.note("a", "It was cut.")
    log.turns.note("elsewhere", "Not shown.")

    assert log.scrollback.live is None
    assert log.answer.note == "It was cut."
    assert log.answer.actions == (("F7", "continue", "continue_answer"),)
