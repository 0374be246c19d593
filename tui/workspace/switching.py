"""Whether another conversation is about to become the current one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Switching:
    """Counts the switches between conversations that are under way."""

    def __init__(self) -> None:
        self._count = 0
        self._settled = asyncio.Event()
        self._settled.set()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """A switch is under way until the context ends. Switches may overlap."""
        self._count += 1
        self._settled.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._settled.set()

    async def settled(self) -> None:
        """Wait until no switch is under way."""
        await self._settled.wait()
