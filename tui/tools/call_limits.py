"""The time limits of a server's calls, which stand still while the user answers a question of the server."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import anyio


class CallLimits:
    """Cancels calls that take too long. The SDK's own limit goes on while the user answers."""

    def __init__(self) -> None:
        self._left: dict[anyio.CancelScope, float] = {}
        """The seconds that were left for each running call when the clock was stopped, or that it began with."""
        self._questions = 0

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Cancel what runs inside after some seconds.

        Raises:
            TimeoutError: If it took too long.
        """
        scope = anyio.CancelScope(deadline=math.inf if self._questions else anyio.current_time() + seconds)
        self._left[scope] = seconds
        try:
            with scope:
                yield
        finally:
            del self._left[scope]
        if scope.cancelled_caught:
            raise TimeoutError

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock of all calls: which of them a question belongs to is not known."""
        self._questions += 1
        if self._questions == 1:
            for scope in self._left:
                self._left[scope] = scope.deadline - anyio.current_time()
                scope.deadline = math.inf
        try:
            yield
        finally:
            self._questions -= 1
            if not self._questions:
                for scope, left in self._left.items():
                    scope.deadline = anyio.current_time() + left
