"""HTTP/1.1 over one connection, one request after the other. h11 frames the requests and parses the responses."""

from __future__ import annotations

import time
from typing import Final

import h11
import httpx

from tui.providers.network.connection_errors import ConnectionLost, InvalidRequest, InvalidResponse
from tui.providers.network.socket_stream import SocketStream

_READ_BYTES: Final = 65_536
_MAX_HEAD_BYTES: Final = 100 * 1024
"""The most bytes of a head, or of a chunk's size, that arrive without its end."""
_WRITE_BYTES: Final = 1 << 20
"""Bytes of a body that are handed to the socket at once. asyncio copies what the server does not take."""


class HTTPConnection:
    """One connection, and how far its current request is."""

    def __init__(self, stream: SocketStream) -> None:
        self.idle_since = 0.0
        """When the last response ended, on the monotonic clock."""
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._is_at_end = False
        """Whether the server has closed its side."""

    @property
    def can_be_reused(self) -> bool:
        """Whether the connection is open, and nothing arrived after the last response."""
        return self._stream.can_be_reused

    async def send(self, request: httpx.Request) -> None:
        """Send a request. Returns when it is sent, or the connection broke; then there may still be a response.

        Raises:
            InvalidRequest: If a header is not valid. Nothing was sent.
        """
        try:
            head = h11.Request(method=request.method, target=request.url.raw_path, headers=list(request.headers.raw))
            parts = [self._http.send(head) or b""]
        except h11.LocalProtocolError as cause:
            raise InvalidRequest(str(cause)) from cause
        if request.content:
            # Not `send`, which would copy the body.
            parts.extend(self._http.send_with_data_passthrough(h11.Data(data=request.content)) or ())
        parts.append(self._http.send(h11.EndOfMessage()) or b"")
        if sum(map(len, parts)) <= _WRITE_BYTES:
            parts = [b"".join(parts)]
        try:
            for part in parts:
                for start in range(0, len(part), _WRITE_BYTES):
                    await self._stream.write(part[start : start + _WRITE_BYTES])
        except ConnectionLost:
            # Some servers answer, and close the connection, before they have read a request that they refuse.
            return

    async def receive_head(self) -> h11.Response:
        """Wait for the head of the response.

        Raises:
            ConnectionLost: If the connection broke or was closed.
            InvalidResponse: If something else arrived.
        """
        while not isinstance(event := await self._next_event(), h11.Response):
            # An informational response, such as 100 or 103.
            pass
        return event

    async def receive_data(self) -> bytes | None:
        """Wait for the next bytes of the body. None at its end; not to be called after that.

        Raises:
            ConnectionLost, InvalidResponse: As for the head.
        """
        event = await self._next_event()
        return bytes(event.data) if isinstance(event, h11.Data) else None

    def finish(self) -> bool:
        """Get ready for the next request. Returns False if the last one was not answered to its end."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.idle_since = time.monotonic()
        return True

    def abort(self) -> None:
        """Close the connection, soon."""
        self._stream.abort()

    async def aclose(self) -> None:
        """Close the connection at once. May be called again."""
        await self._stream.aclose()

    async def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as cause:
                raise (ConnectionLost if self._is_at_end else InvalidResponse)(str(cause)) from cause
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # mypy does not narrow h11's sentinels
            data = await self._stream.read(_READ_BYTES)
            if not data:
                self._is_at_end = True
                if self._http.their_state is h11.SEND_RESPONSE:
                    raise ConnectionLost("the connection was closed")
            self._http.receive_data(data)
