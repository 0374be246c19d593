"""TurnStats: seconds, stages and rates, by a clock that is put forward by hand."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, Stage, TurnStarted
from tui.workspace.turn_stats import TurnProgress, TurnStats

STARTED = TurnStarted(ChatMessage("p", "user", "hi"), ChatMessage("a", "assistant", ""))
TEXT = ChunkReceived(StreamingChunk(content="x"))
THOUGHT = ChunkReceived(StreamingChunk(thinking="x"))


class Measured:
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
    assert Measured().stats.progress(None) is None


def test_stage_time_counts_from_the_start_of_the_stage() -> None:
    measured = Measured()
    measured.after(0, STARTED)
    measured.after(3)
    progress = measured.progress(Stage("loading", 101.0, 0.5))

    assert (progress.stage, progress.stage_s, progress.total_s, progress.fraction) == ("loading", 2.0, 3.0, 0.5)
    assert progress.first_token_s is None
    assert progress.chunks_per_second is None
    assert progress.left_s is None


def test_retry_delay_counts_down_to_zero() -> None:
    measured = Measured()
    measured.after(1, STARTED)

    assert measured.progress(Stage("retrying", 101.0, until=103.5)).left_s == 2.5
    measured.after(9)
    assert measured.progress(Stage("retrying", 101.0, until=103.5)).left_s == 0.0


def test_rate_is_given_after_enough_time() -> None:
    measured = Measured()
    measured.after(0, STARTED)
    measured.after(2, TEXT)
    measured.after(0.25, TEXT)
    assert measured.progress(Stage("answering", 102.0)).chunks_per_second is None
    measured.after(0.75, ChunkReceived(StreamingChunk(content="xyz"), pieces=8))
    progress = measured.progress(Stage("answering", 102.0))

    assert progress.chunks_per_second == 10.0
    assert progress.first_token_s == 2.0
    measured.after(4)
    assert measured.progress(Stage("answering", 102.0)).silent_s == 4.0


def test_thinking_time_ends_when_the_answer_begins() -> None:
    measured = Measured()
    measured.after(0, STARTED)
    assert measured.stats.thinking_s is None
    measured.after(1, THOUGHT)
    measured.after(2, THOUGHT)
    assert measured.stats.thinking_s == 2.0
    measured.after(1, TEXT)
    measured.after(9, TEXT)
    assert measured.stats.thinking_s == 3.0
    measured.after(0, STARTED)
    assert measured.stats.thinking_s is None


def test_rates_cover_the_last_half_seconds() -> None:
    measured = Measured()
    measured.after(0, STARTED)
    measured.after(1, TEXT)
    measured.after(0.3, TEXT, TEXT)
    measured.after(0.3, TEXT)
    stage = Stage("answering", 101.0)
    assert measured.progress(stage).rates == (6.0,)
    measured.after(1)
    assert measured.progress(stage).rates == (6.0, 2.0, 0.0)
    measured.after(60, TEXT)
    assert measured.progress(stage).rates == (0.0,) * 10
    measured.after(0, STARTED)
    assert measured.progress(stage).rates == ()
