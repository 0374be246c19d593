"""When to try again, and how long to wait. Pure: the clock and the dice are the caller's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.errors import ConnectTimedOut, ProviderError, ServerUnreachable, StreamInterrupted

LONGEST_WAIT_S: Final = 60.0
"""A server that asks for more patience than this is not waited for: the user is told, and decides."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to try again, and after what."""

    attempts: int = 3
    """Tries in all. 1 never tries again."""

    backoff_initial: float = 0.5
    """Seconds before the first retry; doubled for each after it."""

    backoff_max: float = 8.0
    """The most seconds of that."""

    statuses: tuple[int, ...] = (408, 425, 429, 500, 502, 503, 504)
    """HTTP statuses after which another try is worth it."""

    def wait_before_retry(self, error: ProviderError, retry: int, dice: float) -> float | None:
        """Seconds to wait before a retry. None when there should be none.

        Only for a request that failed before anything of the answer arrived.

        Args:
            error: How it failed.
            retry: Which retry it would be; 1 is the first.
            dice: A random number from 0 to 1: many clients must not come back in the same moment.
        """
        if retry >= self.attempts or not self._is_worth_it(error):
            return None
        backoff = min(self.backoff_max, self.backoff_initial * 2.0 ** min(retry - 1, 30))
        wait = backoff * (0.5 + dice / 2)
        if error.retry_after is None:
            return wait
        return None if error.retry_after > LONGEST_WAIT_S else max(wait, error.retry_after)

    def _is_worth_it(self, error: ProviderError) -> bool:
        if not error.passing:
            return False
        if isinstance(error, ServerUnreachable | ConnectTimedOut | StreamInterrupted):
            return True
        return error.status in self.statuses
