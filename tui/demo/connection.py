"""One client's connection, which notices when the client leaves."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.demo.http1 import HEAD_BYTES, Refused, body_length, parse_head, read_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.demo.http1 import Head

WRITE_BYTES = 16 * 1024
"""What may wait to be sent before the writer must wait."""

_LINGER_S = 1.0


class Connection(asyncio.StreamReaderProtocol):
    """Reads requests, and cancels the answer under way when the client leaves.

    Whoever closes only their half of the connection has left as well: that is how model servers see it.
    """

    def __init__(self, on_open: Callable[[Connection], None], on_close: Callable[[Connection], None]) -> None:
        self.reader = asyncio.StreamReader(limit=HEAD_BYTES)
        super().__init__(self.reader, self._connected)
        self.writer: asyncio.StreamWriter
        self._on_open = on_open
        self._on_close = on_close
        self._left = False
        self._answering: asyncio.Task[None] | None = None

    def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        writer.transport.set_write_buffer_limits(WRITE_BYTES)
        self._on_open(self)

    def eof_received(self) -> bool | None:
        self._leave()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)
        self._on_close(self)

    def _leave(self) -> None:
        self._left = True
        if self._answering is not None:
            self._answering.cancel()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While inside, the current task is cancelled when the client leaves.

        Raises:
            ConnectionAbortedError: If the client has left already.
        """
        if self._left:
            raise ConnectionAbortedError("the client did not wait for its answer")
        self._answering = asyncio.current_task()
        try:
            yield
        finally:
            self._answering = None

    async def read_head(self) -> Head | None:
        """The next request's head. None when the client sends no more.

        Raises:
            Refused: If it is too large, or not HTTP/1.1.
        """
        try:
            return parse_head(await self.reader.readuntil(b"\r\n\r\n"))
        except asyncio.LimitOverrunError as cause:
            raise Refused(431, f"request head is larger than {HEAD_BYTES} bytes") from cause
        except asyncio.IncompleteReadError:
            return None

    async def read_body(self, head: Head) -> bytes:
        """The body that follows a head.

        Raises:
            Refused: If it is too large or malformed.
            asyncio.IncompleteReadError: If the client leaves in the middle of it.
        """
        length = body_length(head)
        if head.headers.get("expect", "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if length is not None:
            return await self.reader.readexactly(length)
        try:
            return await read_chunks(self.reader)
        except asyncio.LimitOverrunError as cause:
            raise Refused(400, "malformed chunk") from cause

    async def linger(self) -> None:
        """Read on for a moment, and drop it.

        Closing with bytes unread would reset the connection, and the client would lose the reply that tells it why.
        """
        try:
            async with asyncio.timeout(_LINGER_S):
                while await self.reader.read(64 * 1024):
                    pass
        except TimeoutError:
            return
