"""The time limits of a server's calls, which stand still while the user answers a question of the server."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio

_T = TypeVar("_T")


class CallLimits:
    """Cancels calls that take too long. The SDK's own limit goes on while the user answers."""

    def __init__(self) -> None:
        self._left: dict[anyio.CancelScope, float] = {}
        """The seconds that were left for each running call when the clock was stopped, or that it began with."""
        self._questions: set[anyio.CancelScope] = set()
        """The questions that the user has not answered yet."""

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
            if not self._left:
                # The server may not know that its question is not needed any more.
                for question in self._questions:
                    question.cancel()
        if scope.cancelled_caught:
            raise TimeoutError

    async def wait_for_user(self, ask: Callable[[], Awaitable[_T]]) -> _T | None:
        """The user's answer, with the clock of all calls stopped: which of them a question belongs to is not known.

        Returns:
            The answer. None if no call runs, or the last one ends before the user has answered.
        """
        if not self._left:
            return None
        question = anyio.CancelScope()
        self._questions.add(question)
        if len(self._questions) == 1:
            for scope in self._left:
                self._left[scope] = scope.deadline - anyio.current_time()
                scope.deadline = math.inf
        try:
            with question:
                return await ask()
            return None
        finally:
            self._questions.remove(question)
            if not self._questions:
                for scope, left in self._left.items():
                    scope.deadline = anyio.current_time() + left
