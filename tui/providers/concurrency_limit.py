"""How many answers come from one provider at once: who asks for more waits in line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable


class Line:
    """Gives a place to so many at once, and to the others in the order in which they came."""

    def __init__(self, places: int) -> None:
        """Args:
        places: How many may have one at once. 0 for any number.
        """
        self._places = asyncio.Semaphore(places) if places else None

    @contextlib.asynccontextmanager
    async def place(self, on_waiting: Callable[[], None]) -> AsyncGenerator[None, None]:
        """Wait for a place, and have it for as long as this is open.

        Args:
            on_waiting: Told when there is none yet.
        """
        if self._places is None:
            yield
            return
        if self._places.locked():
            on_waiting()
        async with self._places:
            yield
