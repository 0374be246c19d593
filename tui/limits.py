"""The limits of a request: its times and its retries. Pure: the clock and the random number are the caller's.

The config reads these values from the file, and the providers apply them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.errors import ConnectTimedOut, ProviderError, ServerUnreachable, StreamInterrupted
from tui.light_dataclass import dataclass

MAX_WAIT_S: Final = 60.0
"""If a server asks for a longer wait, there is no retry: the user is told, and decides."""

LOOKUP_S: Final = 10.0
"""How long a server may be silent before it answers a question that needs no model, such as for its list of models."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long each part of a request may take, in seconds. 0 is no limit."""

    connect: float = 5.0

    first_token: float = 300.0
    """From the connection to the first text. Also limits how long keep-alives alone can prolong an answer."""

    idle: float = 60.0
    """The longest silence within an answer."""

    total: float = 0.0
    """For the whole request, with its retries."""

    def for_lookups(self, silence_s: float) -> TimeLimits:
        """The limits of a question that needs no model. These limits count only where they are shorter.

        Args:
            silence_s: The longest silence, before the answer and within it.
        """

        def shorter(limit: float, usual: float) -> float:
            return min(limit, usual) if limit else usual

        return replace(
            self,
            first_token=shorter(self.first_token, silence_s),
            idle=shorter(self.idle, silence_s),
            total=shorter(self.total, 2 * silence_s),
        )


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to try, and after which failures."""

    attempts: int = 3
    """The number of tries, including the first. 1 disables retries."""

    backoff_initial: float = 0.5
    """Seconds before the first retry. Doubles with each further retry."""

    backoff_max: float = 8.0
    """The maximum of these seconds."""

    statuses: tuple[int, ...] = (408, 425, 429, 500, 502, 503, 504)
    """HTTP statuses after which a request is retried."""

    def wait_before_retry(self, error: ProviderError, retry: int, dice: float) -> float | None:
        """Seconds to wait before a retry. None if there must be no retry.

        Only for a request that failed before any part of the answer arrived.

        Args:
            error: The failure.
            retry: The number of the retry; 1 is the first.
            dice: A random number from 0 to 1, so that many clients do not retry at the same moment.
        """
        if retry >= self.attempts or not self._can_retry(error):
            return None
        backoff = min(self.backoff_max, self.backoff_initial * 2.0 ** min(retry - 1, 30))
        wait = backoff * (0.5 + dice / 2)
        if error.retry_after is None:
            return wait
        return None if error.retry_after > MAX_WAIT_S else max(wait, error.retry_after)

    def _can_retry(self, error: ProviderError) -> bool:
        if not error.is_transient:
            return False
        if isinstance(error, ServerUnreachable | ConnectTimedOut | StreamInterrupted):
            return True
        return error.status in self.statuses
