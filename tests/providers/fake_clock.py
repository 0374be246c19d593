"""A clock for the event loop that tests advance without waiting."""

from __future__ import annotations

import asyncio

_STEP_S = 0.5


class FakeClock:
    """Replaces the clock of the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._real = self._loop.time
        self._offset_s = 0.0
        self._loop.time = self._read  # type: ignore[method-assign]  # Only for this loop, and until `stop`.

    def skip(self, seconds: float) -> None:
        """Advance the clock at once, as when the loop was blocked."""
        self._offset_s += seconds

    async def pass_by(self, seconds: float) -> None:
        """Advance the clock in steps, and let waiting tasks run after each."""
        while seconds > 0:
            self.skip(min(seconds, _STEP_S))
            seconds -= _STEP_S
            for _ in range(3):
                await asyncio.sleep(0)

    def stop(self) -> None:
        """Restore the clock of the loop."""
        self._loop.time = self._real  # type: ignore[method-assign]  # The original.

    def _read(self) -> float:
        return self._real() + self._offset_s
