"""The receive side of a connection: one buffer of fixed size.

The event loop reads from the socket directly into the buffer (`BufferedProtocol`) and allocates nothing per read. When
the buffer is full, reading from the socket is paused; when the consumer has emptied it, the buffer is filled from its
beginning again and reading resumes. So a slow consumer slows down the server, and the memory of a connection is
bounded by the size of its buffer.
"""

from __future__ import annotations

import asyncio


class ReceiveBuffer(asyncio.BufferedProtocol):
    """Holds the bytes that have arrived on one connection and were not yet read."""

    def __init__(self, size: int) -> None:
        """Args:
        size: The size of the buffer in bytes.
        """
        self._buffer = memoryview(bytearray(size))
        self._start = 0
        self._end = 0
        self._paused = False
        self._data_arrived: asyncio.Future[None] | None = None
        """Pending while a reader waits."""
        self._writable: asyncio.Future[None] | None = None
        """Pending while the transport's write buffer is full."""
        self._error: Exception | None = None
        self.at_end = False
        """Whether no more bytes will arrive."""
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._end == len(self._buffer):
            # Only the Windows event loop asks while paused: it delivers the rest of a read that it had begun before.
            self._buffer = memoryview(bytearray(self._buffer) + bytearray(self._end))
        return self._buffer[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        if self._end == len(self._buffer):
            self._paused = True
            self.transport.pause_reading()
        self._wake_reader()

    def eof_received(self) -> None:
        self.at_end = True
        self._wake_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        self._error = exc
        self.at_end = True
        self._wake_reader()
        self.resume_writing()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def has_bytes(self) -> bool:
        """Whether there are unread bytes."""
        return self._end > self._start

    def is_readable(self) -> bool:
        """Whether `read` would return without waiting."""
        return self.has_bytes() or self.at_end

    async def read(self, max_bytes: int) -> bytes:
        """Return up to `max_bytes` of what has arrived, waiting if that is nothing. Empty at the end of the stream.

        Raises:
            OSError: If the connection broke, after all bytes that arrived before.
        """
        if not self.is_readable():
            self._data_arrived = asyncio.get_running_loop().create_future()
            try:
                await self._data_arrived
            finally:
                self._data_arrived = None
        if self._start == self._end:
            if self._error is not None:
                raise self._error
            return b""
        stop = min(self._end, self._start + max_bytes)
        data = bytes(self._buffer[self._start : stop])
        self._start = stop
        if self._start == self._end:
            self._start = self._end = 0
            if self._paused and not self.at_end:
                self._paused = False
                self.transport.resume_reading()
        return data

    async def wait_until_writable(self) -> None:
        """Wait until the peer has received enough of what was written.

        Raises:
            OSError: If the connection broke.
        """
        if self._writable is not None:
            await self._writable
        if self._error is not None:
            raise self._error

    def _wake_reader(self) -> None:
        if self._data_arrived is not None and not self._data_arrived.done():
            self._data_arrived.set_result(None)
