"""TurnWatch: seconds, stages and rates, by a clock that is put forward by hand."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, Stage, TurnStarted
from tui.ui.turn_watch import TurnWatch
from tui.ui.widgets.status_bar import TurnMeter

STARTED = TurnStarted(ChatMessage("p", "user", "hi"), ChatMessage("a", "assistant", ""))
TEXT = ChunkReceived(StreamingChunk(content="x"))
THOUGHT = ChunkReceived(StreamingChunk(thinking="x"))


class Watched:
    """A watch and its clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.watch = TurnWatch(lambda: self.now)

    def after(self, seconds: float, *updates: TurnStarted | ChunkReceived) -> None:
        self.now += seconds
        self.watch.take(updates)

    def meter(self, stage: Stage) -> TurnMeter:
        meter = self.watch.meter(stage)
        assert meter is not None
        return meter


def test_nothing_is_measured_while_nothing_is_under_way() -> None:
    assert Watched().watch.meter(None) is None


def test_a_wait_is_measured_from_its_beginning() -> None:
    watched = Watched()
    watched.after(0, STARTED)
    watched.after(3)
    meter = watched.meter(Stage("loading", 101.0, 0.5))

    assert (meter.stage, meter.stage_s, meter.total_s, meter.fraction) == ("loading", 2.0, 3.0, 0.5)
    assert meter.first_token_s is None
    assert meter.chunks_per_second is None
    assert meter.left_s is None


def test_a_wait_whose_end_is_known_is_counted_down_and_not_below_nothing() -> None:
    watched = Watched()
    watched.after(1, STARTED)

    assert watched.meter(Stage("retrying", 101.0, until=103.5)).left_s == 2.5
    watched.after(9)
    assert watched.meter(Stage("retrying", 101.0, until=103.5)).left_s == 0.0


def test_a_rate_is_told_once_there_is_an_honest_one() -> None:
    watched = Watched()
    watched.after(0, STARTED)
    watched.after(2, TEXT)
    watched.after(0.25, TEXT)
    assert watched.meter(Stage("answering", 102.0)).chunks_per_second is None
    watched.after(0.75, ChunkReceived(StreamingChunk(content="xyz"), pieces=8))
    meter = watched.meter(Stage("answering", 102.0))

    assert meter.chunks_per_second == 10.0
    assert meter.first_token_s == 2.0
    watched.after(4)
    assert watched.meter(Stage("answering", 102.0)).silent_s == 4.0


def test_thinking_is_measured_until_the_answer_begins() -> None:
    watched = Watched()
    watched.after(0, STARTED)
    assert watched.watch.thinking_s is None
    watched.after(1, THOUGHT)
    watched.after(2, THOUGHT)
    assert watched.watch.thinking_s == 2.0
    watched.after(1, TEXT)
    watched.after(9, TEXT)
    assert watched.watch.thinking_s == 3.0
    watched.after(0, STARTED)
    assert watched.watch.thinking_s is None


def test_the_rate_is_told_for_each_of_the_last_half_seconds() -> None:
    watched = Watched()
    watched.after(0, STARTED)
    watched.after(1, TEXT)
    watched.after(0.3, TEXT, TEXT)
    watched.after(0.3, TEXT)
    stage = Stage("answering", 101.0)
    assert watched.meter(stage).rates == (6.0,)
    watched.after(1)
    assert watched.meter(stage).rates == (6.0, 2.0, 0.0)
    watched.after(60, TEXT)
    assert watched.meter(stage).rates == (0.0,) * 10
    watched.after(0, STARTED)
    assert watched.meter(stage).rates == ()
