"""Continues an answer over another connection if its own breaks, for servers that keep generating it meanwhile.

The server counts the bytes of the answer, so the rest begins exactly where the broken response ended: nothing is
generated twice, and the reader of the answer does not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from tui.errors import IdleTimedOut, ProviderError, StreamInterrupted
from tui.light_dataclass import dataclass
from tui.limits import RetryPolicy
from tui.providers.network.response import StreamedResponse


@dataclass(frozen=True, slots=True)
class ServerStream:
    """One answer that its server generates to the end, whether a connection reads it or not."""

    headers: Mapping[str, str]
    """Sent with the request for the answer, so that the server keeps it."""

    path: str
    """Where the server has the answer. A DELETE request there stops it."""

    def rest_path(self, received: int) -> str:
        """Where the rest of the answer is.

        Args:
            received: How many bytes of it have arrived.
        """
        return f"{self.path}&from={received}"


class ResumableResponse:
    """A response that is continued if its connection breaks. See `AnswerBody`."""

    def __init__(
        self,
        response: StreamedResponse,
        request_rest: Callable[[int], AbstractAsyncContextManager[StreamedResponse]],
        is_complete: Callable[[], bool],
        policy: RetryPolicy,
        on_wait: Callable[[], None],
    ) -> None:
        """Args:
        response: The response, its body unread.
        request_rest: Requests what follows the given number of bytes.
        is_complete: Whether the bytes so far are a complete answer.
        policy: How often to try to continue it.
        on_wait: Called when it cannot be continued at once, and will be tried again.
        """
        self._response = response
        self._request_rest = request_rest
        self._is_complete = is_complete
        self._policy = policy
        self._on_wait = on_wait
        self._is_finished = False
        self._received = 0
        self._resumed_at = -1
        """How many bytes had arrived when the answer was continued last."""
        self._later_responses = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._later_responses.__aexit__(kind, error, traceback)

    def content_arrived(self) -> None:
        """See `StreamedResponse.content_arrived`."""
        self._response.content_arrived()

    def answer_finished(self) -> None:
        """See `StreamedResponse.answer_finished`. What follows is not worth another request."""
        self._is_finished = True
        self._response.answer_finished()

    async def drain(self) -> None:
        """See `StreamedResponse.drain`."""
        await self._response.drain()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body. Raises what `StreamedResponse` does, after the answer could not be continued."""
        while True:
            interruption: ProviderError | None = None
            try:
                async for data in self._response:
                    self._received += len(data)
                    yield data
            # A network that changes may leave a connection that is silent for ever.
            except (StreamInterrupted, IdleTimedOut) as error:
                interruption = error
            # A proxy may end the body of a broken response properly.
            if self._is_finished or self._is_complete() or not await self._resume():
                if interruption is not None:
                    raise interruption
                return

    async def _resume(self) -> bool:
        """Request the rest. Returns whether the server sends it."""
        if self._resumed_at == self._received:
            # The rest was empty.
            return False
        self._resumed_at = self._received
        retry = 1
        while True:
            try:
                rest = self._request_rest(self._received)
                self._response = await self._later_responses.enter_async_context(rest)
            except ProviderError as error:
                wait = self._policy.wait_before_retry(error, retry, random.random())  # noqa: S311
                if wait is None:
                    return False
                self._on_wait()
                await asyncio.sleep(wait)
                retry += 1
            else:
                return True
