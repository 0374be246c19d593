"""A turn, a frame at a time: what arrives within one screen update is joined, and only so much is read ahead."""

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

    The first comes at once, and so does the first text. The turn is read on only while fewer than `ahead`
    updates wait here, so a slow screen makes the reader wait, and the reader
    the server. Closing it closes the turn.

    Args:
        turn: What happens.
        hz: The most batches a second.
        ahead: The most updates that wait here.
    """
    loop = asyncio.get_running_loop()
    waiting: deque[TurnUpdate] = deque()
    news = asyncio.Event()
    room = asyncio.Event()

    async def read() -> None:
        async with contextlib.aclosing(turn):
            async for update in turn:
                waiting.append(update)
                news.set()
                if len(waiting) >= ahead:
                    room.clear()
                    await room.wait()

    reader = asyncio.create_task(read(), name="read a turn")
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
            # Behind the mere beginning of a turn the first text may come at once, and is to be seen at once.
            if any(isinstance(update, ChunkReceived) for update in batch):
                await asyncio.sleep(shown_at + 1 / hz - loop.time())
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


def joined(updates: Iterable[TurnUpdate]) -> Iterator[TurnUpdate]:
    """The same updates with mere text that follows mere text made one. Everything else, and so an end, stays itself."""
    for mere_text, run in groupby(updates, _is_mere_text):
        if not mere_text:
            yield from run
            continue
        grown = [update for update in run if isinstance(update, ChunkReceived)]
        yield ChunkReceived(
            StreamingChunk(
                content="".join(update.chunk.content for update in grown),
                thinking="".join(update.chunk.thinking for update in grown),
            ),
            pieces=sum(update.pieces for update in grown),
        )


def _is_mere_text(update: TurnUpdate) -> bool:
    if not isinstance(update, ChunkReceived):
        return False
    chunk = update.chunk
    return not (chunk.tool_calls or chunk.finish_reason or chunk.usage or chunk.timing or chunk.model)
