"""TurnStats: stage times and rates, with a fake clock."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, Stage, TurnStarted
from tui.workspace.turn_stats import TurnProgress, TurnStats

STARTED = TurnStarted(ChatMessage("p", "user", "hi"), ChatMessage("a", "assistant", ""))
TEXT = ChunkReceived(StreamingChunk(content="x"))
THOUGHT = ChunkReceived(StreamingChunk(thinking="x"))


class TimedStats:
    """Turn statistics with a clock that tests advance."""

    def __init__(self) -> None:
        self.now = 100.0
        self.stats = TurnStats(lambda: self.now)

    def after(self, seconds: float, *updates: TurnStarted | ChunkReceived) -> None:
        self.now += seconds
        self.stats.record(updates)

    def progress(self, stage: Stage) -> TurnProgress:
        progress = self.stats.progress(stage)
        assert progress is not None
        return progress


def test_no_progress_without_a_turn() -> None:
    assert TimedStats().stats.progress(None) is None


def test_stage_time_counts_from_the_start_of_the_stage() -> None:
    timed = TimedStats()
    timed.after(0, STARTED)
    timed.after(3)
    progress = timed.progress(Stage("loading", 101.0, 0.5))

    assert (progress.stage, progress.stage_s, progress.total_s, progress.fraction) == ("loading", 2.0, 3.0, 0.5)
    assert progress.first_token_s is None
    assert progress.chunks_per_second is None
    assert progress.left_s is None


def test_retry_delay_counts_down_to_zero() -> None:
    timed = TimedStats()
    timed.after(1, STARTED)

    assert timed.progress(Stage("retrying", 101.0, until=103.5)).left_s == 2.5
    timed.after(9)
    assert timed.progress(Stage("retrying", 101.0, until=103.5)).left_s == 0.0


def test_rate_is_given_after_enough_time() -> None:
    timed = TimedStats()
    timed.after(0, STARTED)
    timed.after(2, TEXT)
    timed.after(0.25, TEXT)
    assert timed.progress(Stage("answering", 102.0)).chunks_per_second is None
    timed.after(0.75, ChunkReceived(StreamingChunk(content="xyz"), pieces=8))
    progress = timed.progress(Stage("answering", 102.0))

    assert progress.chunks_per_second == 10.0
    assert progress.first_token_s == 2.0
    timed.after(4)
    assert timed.progress(Stage("answering", 102.0)).silent_s == 4.0


def test_thinking_time_ends_when_the_answer_begins() -> None:
    timed = TimedStats()
    timed.after(0, STARTED)
    assert timed.stats.thinking_s is None
    timed.after(1, THOUGHT)
    timed.after(2, THOUGHT)
    assert timed.stats.thinking_s == 2.0
    timed.after(1, TEXT)
    timed.after(9, TEXT)
    assert timed.stats.thinking_s == 3.0
    timed.after(0, STARTED)
    assert timed.stats.thinking_s is None
