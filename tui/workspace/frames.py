"""Batches the updates of a turn by frame: text within one screen update is joined, and read-ahead is bounded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final, TypeGuard

from tui.chat.chunk import StreamingChunk
from tui.chat.turn import ChunkReceived, TurnUpdate

_MAX_CHARACTERS: Final = 65_536
"""Characters that wait at most, in any number of chunks."""

_BLANK_BATCHES: Final = 3
"""Batches of blank text before the first words that delay nothing: many answers begin with line breaks."""

_READ_S: Final = 0.004
"""How long is read from a fast server, in seconds, before key presses and frames are handled."""


async def frames(
    turn: AsyncGenerator[TurnUpdate, None], *, hz: float, ahead: int
) -> AsyncGenerator[tuple[TurnUpdate, ...], None]:
    """The updates of a turn in batches, at most `hz` a second, with text that follows text joined.

    The first update comes at once, and so do the first words. The turn is read only while fewer than `ahead` updates
    wait here, and not too much text, so a slow screen slows the reader, and the reader slows the server. Closing this
    closes the turn.

    Args:
        turn: The updates of a turn.
        hz: The most batches a second.
        ahead: The most updates that wait here. Text that was joined counts once.
    """
    loop = asyncio.get_running_loop()
    waiting = WaitingUpdates()
    # Started here and not in the reader: a reader that is cancelled before its first step would leave the turn
    # unstarted, and its prompt would be lost.
    async for first in turn:
        waiting.add(first)
        break
    blank_batches = _BLANK_BATCHES
    news = asyncio.Event()
    news.set()
    room = asyncio.Event()

    async def read() -> None:
        async with contextlib.aclosing(turn):
            began = loop.time()
            async for update in turn:
                waiting.add(update)
                news.set()
                if waiting.count >= ahead or waiting.characters >= _MAX_CHARACTERS:
                    room.clear()
                    await room.wait()
                    began = loop.time()
                elif loop.time() - began > _READ_S:
                    # What has arrived is read without a pause.
                    await asyncio.sleep(0)
                    began = loop.time()

    reader = asyncio.create_task(read(), name="turn reader")
    reader.add_done_callback(lambda _: news.set())
    try:
        while True:
            await news.wait()
            news.clear()
            ended = reader.done()
            shown_at = loop.time()
            batch = waiting.take()
            room.set()
            if batch:
                yield batch
            if ended:
                return
            # Only text delays the next batch: the first words follow the start of the turn at once.
            texts = [update for update in batch if isinstance(update, ChunkReceived)]
            if blank_batches and not any(map(_has_words, texts)):
                blank_batches -= bool(texts)
            elif texts:
                blank_batches = 0
                await asyncio.sleep(shown_at + 1 / hz - loop.time())
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        # The reader closes the turn, unless it was cancelled before its first step.
        await turn.aclose()


class WaitingUpdates:
    """Updates that wait to be shown. Owns the text that is not joined yet."""

    def __init__(self) -> None:
        self.characters = 0
        """Characters of text that wait."""
        self._updates: list[TurnUpdate] = []
        self._content: list[str] = []
        self._thinking: list[str] = []
        """The text of chunks behind all updates."""
        self._pieces = 0
        """How many chunks from the server are in this text."""

    @property
    def count(self) -> int:
        """How many updates wait, with consecutive text as one."""
        return len(self._updates) + bool(self._pieces)

    def add(self, update: TurnUpdate) -> None:
        """Add an update."""
        if not _is_text_only(update):
            self._join()
            self._updates.append(update)
            return
        content, thinking, *_ = update.chunk
        if content:
            self._content.append(content)
        if thinking:
            self._thinking.append(thinking)
        self._pieces += update.pieces
        self.characters += len(content) + len(thinking)

    def take(self) -> tuple[TurnUpdate, ...]:
        """Remove and return all updates, with consecutive text joined. All other updates are as they were."""
        self._join()
        updates = tuple(self._updates)
        self._updates.clear()
        self.characters = 0
        return updates

    def _join(self) -> None:
        if self._pieces:
            text = StreamingChunk("".join(self._content), "".join(self._thinking))
            self._updates.append(ChunkReceived(text, self._pieces))
            self._content.clear()
            self._thinking.clear()
            self._pieces = 0


def _has_words(update: ChunkReceived) -> bool:
    chunk = update.chunk
    return bool(chunk.content.strip() or chunk.thinking.strip())


def _is_text_only(update: TurnUpdate) -> TypeGuard[ChunkReceived]:
    if not isinstance(update, ChunkReceived):
        return False
    chunk = update.chunk
    return not (chunk.tool_calls or chunk.images or chunk.finish_reason or chunk.usage or chunk.timing or chunk.model)
