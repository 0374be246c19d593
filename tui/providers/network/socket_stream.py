"""One connection: a plain asyncio socket with bounded reading.

httpcore's streams (anyio) read up to 256 kB ahead whatever size is requested, register with and unregister from the
event loop around every read, and resolve names in threads that keep the process from exiting. This one bounds what it
reads ahead (`receive_buffer`), stays registered, and aborts a connection at once when it is closed.

It has no timeouts: the caller's `Clocks` cancel what takes too long.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from typing import Any, Final, Self

from tui.providers.network.chunked import ChunkJoiner
from tui.providers.network.connection_errors import (
    ConnectionLost,
    HandshakeAborted,
    NameNotResolved,
    NotHTTP,
    TLSFailed,
    describe,
    handshake_error_type,
)
from tui.providers.network.happy_eyeballs import connect_first
from tui.providers.network.receive_buffer import ReceiveBuffer
from tui.providers.network.resolver import resolve

_MAX_QUOTED_BYTES: Final = 80
_UNREACHED_TIMEOUT_S: Final = 86_400.0


class SocketStream:
    """One connection, plain or TLS."""

    def __init__(self, transport: asyncio.Transport, receive_buffer: ReceiveBuffer) -> None:
        self._transport = transport
        self._receive_buffer = receive_buffer
        self._joiner = ChunkJoiner()

    @classmethod
    async def connect(cls, host: str, port: int, read_bytes: int) -> Self:
        """Connect to the first of the host's addresses that accepts.

        Args:
            host: The name or address of the host.
            port: The port.
            read_bytes: The maximum number of bytes that are read ahead from the socket.

        Raises:
            NameNotResolved: If the name cannot be resolved.
            ConnectFailed: If no address accepts. The message names the addresses.
        """
        try:
            addresses = await resolve(host, port)
        except OSError as cause:
            raise NameNotResolved(f"the name {host} cannot be resolved ({cause.strerror})") from cause
        return cls(*await connect_first(addresses, read_bytes))

    async def read(self, max_bytes: int) -> bytes:
        """Return up to `max_bytes` of what has arrived, waiting if that is nothing. Empty at the end.

        Raises:
            ConnectionLost: If the connection broke, after all bytes that arrived before.
            NotHTTP: If something else than a response arrived.
        """
        try:
            return await self._read(max_bytes)
        except OSError as cause:
            self._raise_if_other_protocol()
            raise ConnectionLost(describe(cause)) from cause

    async def write(self, data: bytes) -> None:
        """Send a request, or a part of it. Returns when the server has received enough of it.

        Raises:
            ConnectionLost: If the connection broke.
        """
        if not data:
            return
        self._joiner.expect_head()
        self._transport.write(data)
        # asyncio reports a broken connection with its next iteration, and until then logs each write to it. What the
        # server has sent is read before the next write, too, which would discard it if the connection breaks.
        await asyncio.sleep(0)
        try:
            await self._receive_buffer.wait_until_writable()
        except OSError as cause:
            raise ConnectionLost(describe(cause)) from cause

    def abort(self) -> None:
        """Close the connection: with the next iteration of the event loop. May be called again."""
        # `close` would first wait until the peer has received everything that is still in the write buffer.
        self._transport.abort()

    async def aclose(self) -> None:
        """Close the connection, and wait until it is. May be called again."""
        self.abort()
        # Shielded: cancelling one caller must not cancel the future that other callers wait for.
        await asyncio.shield(self._receive_buffer.closed)

    async def _read(self, max_bytes: int) -> bytes:
        while data := await self._receive_buffer.read(max_bytes):
            joined = self._joiner.feed(data)
            # The HTTP library would wait for the end of a head.
            if self._joiner.is_greeting:
                self._raise_if_other_protocol()
            if joined:
                return joined
        self._raise_if_other_protocol()
        return b""

    def _raise_if_other_protocol(self) -> None:
        """Raises:
        NotHTTP: If something else than HTTP arrived in the place of a response.
        """
        if data := self._joiner.other_protocol:
            raise NotHTTP(repr(data.splitlines()[0][:_MAX_QUOTED_BYTES]))

    async def start_tls(self, context: ssl.SSLContext, server_hostname: str) -> SocketStream:
        """Encrypt the connection; returns the stream to use from now on.

        Raises:
            TLSFailed, HandshakeAborted: If the handshake fails. The connection is closed then.
        """
        # asyncio would notice neither: bytes already read never reach its TLS layer, and an end is reported only once.
        if self._receive_buffer.is_readable() or self._transport.is_closing():
            received_data = self._receive_buffer.has_bytes()
            self._abort_handshake()
            raise (
                TLSFailed("TLS failed (the server sent data before the handshake)")
                if received_data
                else HandshakeAborted("the server closed the connection immediately")
            )
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport,
                self._receive_buffer,
                context,
                server_hostname=server_hostname,
                # asyncio's default is 60 s, which no setting of ours could change.
                ssl_handshake_timeout=_UNREACHED_TIMEOUT_S,
            )
        except OSError as cause:
            self._abort_handshake()
            raise handshake_error_type(cause)(describe(cause)) from cause
        except BaseException:
            self._abort_handshake()
            raise
        assert transport is not None
        self._receive_buffer.transport = transport
        return SocketStream(transport, self._receive_buffer)

    def _abort_handshake(self) -> None:
        self._transport.abort()
        # During the handshake asyncio does not call `connection_lost`.
        self._receive_buffer.connection_lost(None)

    @property
    def can_be_reused(self) -> bool:
        """Whether the last response has ended, nothing came after it, and the server did not close the connection."""
        return (
            self._joiner.is_between_responses
            and not self._receive_buffer.is_readable()
            and not _is_readable(self._transport.get_extra_info("socket"))
        )

    def get_extra_info(self, name: str) -> Any:
        """What asyncio knows about the connection: `socket`, `peername`, `sockname`, `ssl_object`."""
        return self._transport.get_extra_info(name)


def _is_readable(sock: socket.socket) -> bool:
    """Whether an idle socket is readable, which means that the server has closed it."""
    if sock.fileno() < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])
