"""One client's connection: h11 reads the requests and frames the responses.

asyncio reads the socket while an answer is written, so the server notices at
once when the client leaves. Both buffers are bounded: unread requests suspend
the reader, and an unread answer suspends the writer.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import h11

from tui.demo.responses import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.demo.responses import Response

MAX_HEAD_BYTES: Final = 16 * 1024
"""The longest request line with its headers."""

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""The largest request body. Images arrive as base64."""

WRITE_BUFFER_BYTES: Final = 16 * 1024
"""Bytes that may wait to be sent before the writer must wait."""

_READ_BYTES: Final = 64 * 1024

_HEAD_READ_BYTES: Final = 4 * 1024
"""Smaller, because h11 measures a head only while it is incomplete."""

_LINGER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Head:
    """The request line and the headers that the server needs."""

    method: str

    path: str
    """Without the query."""

    content_length: int | None
    """None if the body is chunked or there is none."""


class Connection(asyncio.StreamReaderProtocol):
    """Reads requests, writes responses, and cancels the answer in progress when the client leaves.

    A client that closes only its half of the connection has left as well: model servers treat it so.
    """

    def __init__(self, on_open: Callable[[Connection], None], on_close: Callable[[Connection], None]) -> None:
        self._reader = asyncio.StreamReader(limit=_READ_BYTES)
        super().__init__(self._reader, self._connected)
        self._writer: asyncio.StreamWriter
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES - _HEAD_READ_BYTES)
        self._on_open = on_open
        self._on_close = on_close
        self._client_left = False
        self._answering: asyncio.Task[None] | None = None

    def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.transport.set_write_buffer_limits(WRITE_BUFFER_BYTES)
        self._on_open(self)

    def eof_received(self) -> bool | None:
        self._leave()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)
        self._on_close(self)

    def _leave(self) -> None:
        self._client_left = True
        if self._answering is not None:
            self._answering.cancel()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Within the block, the current task is cancelled when the client leaves.

        Raises:
            ConnectionAbortedError: If the client has left already.
        """
        if self._client_left:
            raise ConnectionAbortedError("the client did not wait for its answer")
        self._answering = asyncio.current_task()
        try:
            yield
        finally:
            self._answering = None

    async def read_head(self) -> Head | None:
        """Read the head of the next request. None if the client sends no more requests.

        Raises:
            HTTPError: If it is too large, or not HTTP/1.1.
        """
        try:
            event = await self._next_event(_HEAD_READ_BYTES)
        except h11.RemoteProtocolError as cause:
            is_too_large = cause.error_status_hint == 431
            message = f"request head is larger than {MAX_HEAD_BYTES} bytes" if is_too_large else str(cause)
            raise HTTPError(cause.error_status_hint, message) from cause
        except asyncio.IncompleteReadError:
            return None
        if not isinstance(event, h11.Request):
            return None
        if event.http_version != b"1.1":
            raise HTTPError(505, "this server speaks HTTP/1.1 only")
        headers = dict(event.headers)
        method = event.method.decode()
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers and method in ("POST", "PUT", "PATCH"):
            raise HTTPError(411, "a body needs a Content-Length or the chunked encoding")
        return Head(method, event.target.decode().partition("?")[0], None if length is None else int(length))

    async def read_body(self, head: Head) -> bytes:
        """Read the body that follows a head.

        Raises:
            HTTPError: If it is too large or malformed.
            asyncio.IncompleteReadError: If the client leaves in the middle of it.
        """
        too_large = HTTPError(413, f"request body is larger than {MAX_BODY_BYTES} bytes")
        if head.content_length is not None and head.content_length > MAX_BODY_BYTES:
            raise too_large
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))
        body = bytearray()
        try:
            while isinstance(event := await self._next_event(_READ_BYTES), h11.Data):
                body += event.data
                if len(body) > MAX_BODY_BYTES:
                    raise too_large
        except h11.RemoteProtocolError as cause:
            raise HTTPError(400, str(cause)) from cause
        return bytes(body)

    async def _next_event(self, read_bytes: int) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(read_bytes)
            if not data:
                raise asyncio.IncompleteReadError(b"", None)
            self._http.receive_data(data)
        return event

    async def send_response(self, response: Response, *, without_body: bool = False) -> bool:
        """Send a whole response.

        Args:
            response: The response.
            without_body: True for a HEAD request, whose response has the headers of a body only.

        Returns:
            Whether the client may send another request.
        """
        self.start_response(
            response.status,
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.body))),
            *response.headers,
        )
        if not without_body:
            self.send_body(response.body)
        return await self.end_response()

    async def send_last_response(self, response: Response) -> None:
        """Send an error to a request that was not read to its end, so that no other request can follow.

        Reads on for a moment: closing with bytes unread would reset the
        connection, and the client would lose the response.
        """
        await self.send_response(replace(response, headers=(*response.headers, ("Connection", "close"))))
        self._writer.write_eof()
        try:
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(_READ_BYTES):
                    pass
        except TimeoutError:
            return

    def start_response(self, status: int, *headers: tuple[str, str]) -> None:
        """Send the status and headers. Without a `Content-Length`, h11 sends the body in chunks."""
        all_headers = [("Server", "llm-tui-demo"), *headers]
        self._send(h11.Response(status_code=status, headers=all_headers, reason=HTTPStatus(status).phrase.encode()))

    def send_body(self, data: bytes) -> None:
        """Send a part of the body."""
        self._send(h11.Data(data=data))

    def send_half(self, data: bytes) -> None:
        """Send a part of the body as far as its middle, inside its chunk. The connection must then be closed."""
        encoded = self._http.send(h11.Data(data=data)) or b""
        self._writer.write(encoded[: len(encoded) // 2])

    async def end_response(self) -> bool:
        """End the body. Returns whether the client may send another request."""
        self._send(h11.EndOfMessage())
        await self.drain()
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def drain(self) -> None:
        """Wait while the client does not read."""
        await self._writer.drain()

    def _send(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._writer.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()

    async def wait_closed(self) -> None:
        """Wait until the connection is closed."""
        await self._writer.wait_closed()
