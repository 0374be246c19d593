"""Limits how many answers one provider streams at once; further requests wait in a queue."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable


class ConcurrencyLimit:
    """A number of slots, given out in the order in which they were asked for."""

    def __init__(self, slots: int) -> None:
        """Args:
        slots: The number of slots. 0 means no limit.
        """
        self._slots = asyncio.Semaphore(slots) if slots else None

    @contextlib.asynccontextmanager
    async def slot(self, on_waiting: Callable[[], None]) -> AsyncGenerator[None, None]:
        """Wait for a free slot and hold it until the context is left.

        Args:
            on_waiting: Called if no slot is free yet.
        """
        if self._slots is None:
            yield
            return
        if self._slots.locked():
            on_waiting()
        async with self._slots:
            yield
