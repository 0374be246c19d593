"""Batches the updates of a turn by frame: text within one screen update is joined, and read-ahead is bounded."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from itertools import groupby

from tui.chat.chunk import StreamingChunk
from tui.chat.turn import ChunkReceived, TurnUpdate


async def frames(
    turn: AsyncGenerator[TurnUpdate, None], *, hz: float, ahead: int
) -> AsyncGenerator[tuple[TurnUpdate, ...], None]:
    """The updates of a turn in batches, at most `hz` a second, with text that follows text joined.

    The first update comes at once, and so does the first text. The turn is read only while fewer than `ahead` updates
    wait here, so a slow screen slows the reader, and the reader slows the server. Closing this closes the turn.

    Args:
        turn: The updates of a turn.
        hz: The most batches a second.
        ahead: The most updates that wait here.
    """
    loop = asyncio.get_running_loop()
    waiting: deque[TurnUpdate] = deque()
    # Started here and not in the reader: a reader that is cancelled before its first step would leave the turn
    # unstarted, and its prompt would be lost.
    async for first in turn:
        waiting.append(first)
        break
    news = asyncio.Event()
    news.set()
    room = asyncio.Event()

    async def read() -> None:
        async with contextlib.aclosing(turn):
            async for update in turn:
                waiting.append(update)
                news.set()
                if len(waiting) >= ahead:
                    room.clear()
                    await room.wait()

    reader = asyncio.create_task(read(), name="turn reader")
    reader.add_done_callback(lambda _: news.set())
    try:
        while True:
            await news.wait()
            news.clear()
            ended = reader.done()
            shown_at = loop.time()
            batch = tuple(joined(waiting))
            waiting.clear()
            room.set()
            if batch:
                yield batch
            if ended:
                return
            # Only text delays the next batch: the first text follows the start of the turn at once.
            if any(isinstance(update, ChunkReceived) for update in batch):
                await asyncio.sleep(shown_at + 1 / hz - loop.time())
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        # The reader closes the turn, unless it was cancelled before its first step.
        await turn.aclose()


def joined(updates: Iterable[TurnUpdate]) -> Iterator[TurnUpdate]:
    """The same updates, with consecutive text-only chunks joined into one. All other updates stay as they are."""
    for is_text, run in groupby(updates, _is_text_only):
        if not is_text:
            yield from run
            continue
        chunks = [update for update in run if isinstance(update, ChunkReceived)]
        yield ChunkReceived(
            StreamingChunk(
                content="".join(update.chunk.content for update in chunks),
                thinking="".join(update.chunk.thinking for update in chunks),
            ),
            pieces=sum(update.pieces for update in chunks),
        )


def _is_text_only(update: TurnUpdate) -> bool:
    if not isinstance(update, ChunkReceived):
        return False
    chunk = update.chunk
    return not (chunk.tool_calls or chunk.images or chunk.finish_reason or chunk.usage or chunk.timing or chunk.model)
