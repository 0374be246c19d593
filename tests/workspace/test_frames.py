"""frames: updates within a frame are joined, the first is immediate, and read-ahead is limited."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, TurnEnded, TurnStarted, TurnUpdate
from tui.workspace import frames as frames_module
from tui.workspace.frames import WaitingUpdates, frames

STARTED = TurnStarted(ChatMessage("p", "user", "hi"), ChatMessage("a", "assistant", ""))
ENDED = TurnEnded(ChatMessage("a", "assistant", "ab"))
CALL = ChunkReceived(StreamingChunk(tool_calls=(ToolCall("look", {}),)))


def chunk(text: str, thinking: str = "", pieces: int = 1) -> ChunkReceived:
    return ChunkReceived(StreamingChunk(content=text, thinking=thinking), pieces)


class FakeTurn:
    """A turn that counts how many updates were read, and knows whether it was closed."""

    def __init__(self, *updates: TurnUpdate, fails: Exception | None = None) -> None:
        self.read = 0
        self.closed = False
        self._updates = updates
        self._fails = fails

    async def __call__(self) -> AsyncGenerator[TurnUpdate, None]:
        try:
            for update in self._updates:
                self.read += 1
                yield update
            if self._fails is not None:
                raise self._fails
        finally:
            self.closed = True


def test_only_adjacent_text_chunks_are_joined() -> None:
    updates: list[TurnUpdate] = [STARTED, chunk("a"), chunk("b", "t"), CALL, chunk("c"), ENDED]

    waiting = WaitingUpdates()
    for update in updates:
        waiting.add(update)
    assert (waiting.count, waiting.characters) == (5, 4)
    assert waiting.take() == (STARTED, chunk("ab", "t", 2), CALL, chunk("c"), ENDED)
    assert (waiting.count, waiting.characters, waiting.take()) == (0, 0, ())


async def test_all_updates_arrive_in_order() -> None:
    turn = FakeTurn(STARTED, *(chunk(str(number)) for number in range(1000)), ENDED)
    batches = [batch async for batch in frames(turn(), hz=1000, ahead=16)]
    updates = [update for batch in batches for update in batch]

    assert updates[0] == STARTED
    assert updates[-1] == ENDED
    text = "".join(update.chunk.content for update in updates if isinstance(update, ChunkReceived))
    assert text == "".join(map(str, range(1000)))
    assert sum(update.pieces for update in updates if isinstance(update, ChunkReceived)) == 1000
    assert turn.closed


async def test_first_chunk_does_not_wait_for_the_next_frame() -> None:
    answers = asyncio.Event()

    async def turn() -> AsyncGenerator[TurnUpdate, None]:
        yield STARTED
        await answers.wait()
        yield chunk("a")
        await asyncio.Event().wait()

    # One frame per hour.
    async with contextlib.aclosing(frames(turn(), hz=1 / 3600, ahead=8)) as batches:
        assert await anext(batches) == (STARTED,)
        asyncio.get_running_loop().call_soon(answers.set)
        assert await asyncio.wait_for(anext(batches), 30) == (chunk("a"),)


@pytest.mark.parametrize(("update", "most"), [(CALL, 8), (chunk("x" * 10_000), 7)])
async def test_slow_consumer_limits_reading_ahead(update: ChunkReceived, most: int) -> None:
    turn = FakeTurn(*[update] * 1000)
    async with contextlib.aclosing(frames(turn(), hz=1000, ahead=8)) as batches:
        await anext(batches)
        for _ in range(50):
            await asyncio.sleep(0)
        # What was shown, and what waits.
        assert turn.read <= 1 + most
    assert turn.closed


async def test_tokens_of_a_fast_server_are_read_as_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a slow machine too, no frame comes in between.
    monkeypatch.setattr(frames_module, "_READ_S", 60.0)
    turn = FakeTurn(STARTED, *(chunk("x") for _ in range(1000)))
    async with contextlib.aclosing(frames(turn(), hz=1 / 3600, ahead=8)) as batches:
        assert await anext(batches) == (STARTED,)
        assert await anext(batches) == (chunk("x" * 1000, pieces=1000),)


async def test_reading_from_a_fast_server_lets_other_tasks_run() -> None:
    async def endless() -> AsyncGenerator[TurnUpdate, None]:
        while True:
            yield chunk("")

    async with contextlib.aclosing(frames(endless(), hz=1 / 3600, ahead=8)) as batches:
        await anext(batches)
        for _ in range(3):
            await asyncio.sleep(0)


async def test_closing_the_frames_closes_the_turn() -> None:
    turn = FakeTurn(STARTED, chunk("a"), ENDED)
    batches = frames(turn(), hz=0.001, ahead=2)
    await anext(batches)
    await batches.aclose()

    assert turn.closed


async def test_failed_turn_is_closed() -> None:
    turn = FakeTurn(STARTED, fails=ValueError("a bug"))
    with contextlib.suppress(ValueError):
        async for _ in frames(turn(), hz=1000, ahead=2):
            pass

    assert turn.closed


@pytest.mark.parametrize("count", [0, 1])
async def test_short_turn_ends(count: int) -> None:
    batches = [batch async for batch in frames(FakeTurn(*[ENDED] * count)(), hz=1000, ahead=2)]

    assert [update for batch in batches for update in batch] == [ENDED] * count
