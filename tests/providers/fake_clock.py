"""Time that passes without being waited for."""

from __future__ import annotations

import asyncio

_BIT = 0.5


class FakeClock:
    """The clock of the running loop, which can be put forward."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._real = self._loop.time
        self._ahead = 0.0
        self._loop.time = self._read  # type: ignore[method-assign]  # This loop's alone, and only for a while.

    def skip(self, seconds: float) -> None:
        """Put it forward, as when the loop was blocked."""
        self._ahead += seconds

    async def pass_by(self, seconds: float) -> None:
        """Put it forward bit by bit, and let whoever waits for it see."""
        while seconds > 0:
            self.skip(min(seconds, _BIT))
            seconds -= _BIT
            for _ in range(3):
                await asyncio.sleep(0)

    def stop(self) -> None:
        """Give the loop its own clock back."""
        self._loop.time = self._real  # type: ignore[method-assign]  # As it was.

    def _read(self) -> float:
        return self._real() + self._ahead
