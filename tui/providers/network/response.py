"""A response whose body is read as it arrives.

Pulled, not pushed: a body is read from the socket only as fast as the consumer iterates. Every wait for the socket runs
under the request's `Clocks`; compressed bodies are decompressed in bounded pieces.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

import httpx

from tui.errors import ProtocolBroken, ProviderError
from tui.providers.network.clocks import Clocks, DrainTimeout
from tui.providers.network.connection_errors import ConnectionProblem
from tui.providers.network.inflate import Inflater, inflater_for

_MAX_LEFTOVER_BYTES: Final = 65_536
_LEFTOVER_TIMEOUT_S: Final = 0.25
_MAX_ERROR_BODY_BYTES: Final = 65_536


class UnfollowedResponse(httpx.Response):
    """A response that is never treated as a redirect: httpx would parse its Location and fail if that is invalid."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class StreamedResponse:
    """A response: status and headers at once, the body as it arrives."""

    def __init__(
        self,
        response: httpx.Response,
        clocks: Clocks,
        read_bytes: int,
        translate: Callable[[ConnectionProblem], ProviderError],
    ) -> None:
        """Args:
        response: The response, its body unread.
        clocks: The timeouts of the request.
        read_bytes: The maximum length of one decompressed piece.
        translate: Returns our error for a problem with the connection.
        """
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        """By name, case-insensitive."""
        self.bytes_read = 0
        """Bytes of the body received so far, before decompression."""
        self._clocks = clocks
        self._raw = response.aiter_raw()
        self._encoding: str = response.headers.get("content-encoding", "")
        self._inflater: Inflater | None = None
        self._read_bytes = read_bytes
        self._translate = translate

    @property
    def media_type(self) -> str:
        """`application/json` and the like, in lower case and without parameters. Empty without a Content-Type."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def content_arrived(self) -> None:
        """Report that the bytes read contained content of the answer: ends the wait for the first token."""
        self._clocks.content_arrived()

    def answer_finished(self) -> None:
        """Report that the answer is complete. From now on silence ends the body and is not an error."""
        self._clocks.enter("finished")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces of at most `read_bytes`.

        Raises:
            IdleTimedOut, FirstTokenTimedOut, TotalTimedOut: If a timeout has expired.
            StreamInterrupted: If the connection ended before the body.
            ProtocolBroken: If the body is not valid HTTP, or compressed in an unsupported way.
        """
        # Only now: the status of an error response is useful even if its body cannot be decompressed.
        if self._encoding:
            self._inflater = inflater_for(self._encoding, self._read_bytes)
            self._encoding = ""
        with contextlib.suppress(DrainTimeout):
            while (data := await self._next()) is not None:
                if self._inflater is None:
                    yield data
                    self._clocks.check()
                else:
                    for piece in self._inflater.feed(data):
                        yield piece
                        self._clocks.check()

    async def read(self, max_bytes: int) -> bytes:
        """Return the whole body.

        Raises:
            ProtocolBroken: If it is longer than `max_bytes`.
            ProviderError: As for iterating.
        """
        body = bytearray()
        async for data in self:
            body += data
            if len(body) > max_bytes:
                raise ProtocolBroken(f"The server sent a response of more than {max_bytes:,} bytes.")
        return bytes(body)

    async def read_error_body(self) -> bytes:
        """Return the beginning of an error response's body, up to 64 kB or as much as arrives. Never fails."""
        self._clocks.enter("finished")
        body = bytearray()
        with contextlib.suppress(ProviderError):
            async for data in self:
                body += data
                if len(body) >= _MAX_ERROR_BODY_BYTES:
                    break
        return bytes(body[:_MAX_ERROR_BODY_BYTES])

    async def drain(self) -> None:
        """Read the rest of the body after a complete answer, so that the connection can be reused.

        Gives up if the rest is long or late; the connection is then closed. Never fails.
        """
        leftover = 0
        with contextlib.suppress(TimeoutError, ProviderError):
            async with asyncio.timeout(_LEFTOVER_TIMEOUT_S):
                while leftover < _MAX_LEFTOVER_BYTES and (data := await self._next()) is not None:
                    leftover += len(data)

    async def _next(self) -> bytes | None:
        """Return the next bytes from the connection. None at the end."""
        try:
            with self._clocks:
                data = await anext(self._raw, None)
        except DrainTimeout:
            return None
        except ConnectionProblem as cause:
            raise self._translate(cause) from cause
        if data is not None:
            self.bytes_read += len(data)
        return data
