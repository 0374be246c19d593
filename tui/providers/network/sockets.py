"""The sockets under HTTP: each holds at most so many bytes that nobody has read, and closes at once.

httpcore brings sockets of its own, through anyio. They read up to 256 kB ahead
whatever one asks for, register and unregister with the event loop around every
read, and resolve names in threads that keep the process from ending. These are
plain asyncio.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from tui.providers.network.chunked import ChunkJoiner

_HEAD_START_S: Final = 0.25
"""How long one address may try alone before the next joins in. Source: RFC 8305, section 5."""

_A_DAY_S: Final = 86_400.0


class TLSFailed(httpcore.ConnectError):
    """The server and we come to no terms. Told by its type, for on its way up an error loses its cause."""


class CertificateNotTrusted(TLSFailed):
    """The server speaks TLS, and nobody vouches for it."""


_Address = tuple[socket.AddressFamily, tuple[Any, ...]]


class SocketBackend(httpcore.AsyncNetworkBackend):
    """Makes the connections of one provider. Timeouts are not its business: the caller's clocks cancel it."""

    def __init__(self, read_bytes: int) -> None:
        """Args:
        read_bytes: The most bytes that are read from a socket ahead of whoever uses them.
        """
        self._read_bytes = read_bytes

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's addresses that takes one.

        Raises:
            httpcore.ConnectError: When the name is not known, or no address takes it; the message names those tried.
        """
        try:
            addresses = await _resolve(host, port)
        except OSError as cause:
            raise httpcore.ConnectError(f"the name {host} cannot be resolved ({cause.strerror})") from cause
        return _SocketStream(*await _connect_any(addresses, self._read_bytes))


class _Receiver(asyncio.BufferedProtocol):
    """What the event loop fills: one buffer. While it is full, the socket is not read."""

    def __init__(self, size: int) -> None:
        self._buffer = memoryview(bytearray(size))
        self._start = 0
        self._end = 0
        self._paused = False
        self._arrival: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self.at_end = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._end == len(self._buffer):
            # Only Windows' event loop asks while it is paused, for the rest of what it had read before.
            self._buffer = memoryview(bytearray(self._buffer) + bytearray(self._end))
        return self._buffer[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        if self._end == len(self._buffer):
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.at_end = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = exc
        self.at_end = True
        self._wake()
        self.resume_writing()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def holds_bytes(self) -> bool:
        """Whether something has arrived that nobody has read."""
        return self._end > self._start

    def has_news(self) -> bool:
        """Whether a read would not have to wait."""
        return self.holds_bytes() or self.at_end

    async def read(self, most: int) -> bytes:
        """What has arrived, `most` bytes of it at most. Empty at the end of the stream.

        Raises:
            OSError: When the connection broke, after what arrived before.
        """
        if not self.has_news():
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        if self._start == self._end:
            if self._lost is not None:
                raise self._lost
            return b""
        stop = min(self._end, self._start + most)
        data = bytes(self._buffer[self._start : stop])
        self._start = stop
        if self._start == self._end:
            self._start = self._end = 0
            if self._paused and not self.at_end:
                self._paused = False
                self.transport.resume_reading()
        return data

    async def room_to_write(self) -> None:
        """Wait until the other side has taken what was written.

        Raises:
            OSError: When the connection broke.
        """
        if self._room is not None:
            await self._room
        if self._lost is not None:
            raise self._lost

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


class _SocketStream(httpcore.AsyncNetworkStream):
    """One connection, as httpcore wants to see it."""

    def __init__(self, transport: asyncio.Transport, receiver: _Receiver) -> None:
        self._transport = transport
        self._receiver = receiver
        self._joiner = ChunkJoiner()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return await self._read(max_bytes)
        except OSError as cause:
            raise httpcore.ReadError(_said(cause)) from cause

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        self._joiner.expect_head()
        self._transport.write(buffer)
        try:
            await self._receiver.room_to_write()
        except OSError as cause:
            raise httpcore.WriteError(_said(cause)) from cause

    async def aclose(self) -> None:
        # Not `close`: that would first wait until the other side has taken what is still to be written.
        self._transport.abort()
        # Who is cancelled while waiting must not take the news from who asks again.
        await asyncio.shield(self._receiver.closed)

    async def _read(self, most: int) -> bytes:
        while data := await self._receiver.read(most):
            if joined := self._joiner.feed(data):
                return joined
        return b""

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        # Neither would asyncio notice: what has been read by now never reaches it, and an end comes only once.
        if self._receiver.has_news() or self._transport.is_closing():
            spoke = self._receiver.holds_bytes()
            self._abandon()
            raise (
                TLSFailed("TLS failed (the server spoke first)")
                if spoke
                else httpcore.ConnectError("the connection was closed at once")
            )
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport,
                self._receiver,
                ssl_context,
                server_hostname=server_hostname,
                # Without a number asyncio takes its own minute, which is in nobody's settings.
                ssl_handshake_timeout=_A_DAY_S,
            )
        except OSError as cause:
            self._abandon()
            raise _kind_of_failure(cause)(_said(cause)) from cause
        except BaseException:
            self._abandon()
            raise
        assert transport is not None
        self._receiver.transport = transport
        return _SocketStream(transport, self._receiver)

    def _abandon(self) -> None:
        self._transport.abort()
        # As long as hands are being shaken, asyncio tells nobody that the connection is gone.
        self._receiver.connection_lost(None)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._receiver.has_news() or _is_readable(self._transport.get_extra_info("socket"))
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))


def _kind_of_failure(error: OSError) -> type[httpcore.ConnectError]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateNotTrusted
    return TLSFailed if isinstance(error, ssl.SSLError) else httpcore.ConnectError


def _said(error: OSError) -> str:
    """What the system says of an error, in a few words and without its number."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error})"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the connection was reset"
    return error.strerror or str(error) or type(error).__name__


def _is_readable(sock: socket.socket) -> bool:
    """Whether a socket that should be quiet has something to say, which can only be that it was closed."""
    if sock.fileno() < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


async def _resolve(host: str, port: int) -> list[_Address]:
    """The addresses of a host, the preferred first.

    In a thread of its own, a daemon: asyncio's would keep the process from
    ending for as long as the name server does not answer.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[_Address]] = loop.create_future()

    def tell(addresses: list[_Address] | OSError) -> None:
        if found.done():
            return
        if isinstance(addresses, OSError):
            found.set_exception(addresses)
        else:
            found.set_result(addresses)

    def look_up() -> None:
        try:
            answer: list[_Address] | OSError = [
                (family, address)
                for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            ]
        except OSError as error:
            answer = error
        except UnicodeError:
            # One of its labels is empty, or too long: no name server need be asked.
            answer = OSError(0, "it is no name")
        # The loop is gone when the program ended in the meantime.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, answer)

    with contextlib.suppress(OSError):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.inet_pton(family, host)
        return [(family, (host, port))]
    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await found


async def _connect_any(addresses: list[_Address], read_bytes: int) -> tuple[asyncio.Transport, _Receiver]:
    """The first connection to be made, each address getting a short head start before the next.

    `localhost` is often `::1` first, where many a server does not listen.
    """
    waiting = list(addresses)
    trying: set[asyncio.Task[tuple[asyncio.Transport, _Receiver]]] = set()
    failures: list[OSError] = []
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.ensure_future(_connect(waiting.pop(0), read_bytes)))
            done, trying = await asyncio.wait(
                trying, timeout=_HEAD_START_S if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in done:
                error = attempt.exception()
                if error is None:
                    trying |= done - {attempt}
                    return attempt.result()
                assert isinstance(error, OSError)
                failures.append(error)
    finally:
        await _give_up(trying)
    reasons = "; ".join(dict.fromkeys(_said(failure) for failure in failures))
    tried = ", ".join(str(address[0]) for _, address in addresses)
    raise httpcore.ConnectError(f"{reasons} (tried {tried})" if len(addresses) > 1 else reasons) from failures[0]


async def _connect(address: _Address, read_bytes: int) -> tuple[asyncio.Transport, _Receiver]:
    family, where = address
    loop = asyncio.get_running_loop()
    # Only for a socket that says TCP does asyncio turn off Nagle's waiting, which costs each request 40 ms: its head
    # and its body are two writes.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        # Now, for once it is connected it may also have been reset already, and then there is nothing to set.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        await loop.sock_connect(sock, where)
        return await loop.create_connection(lambda: _Receiver(read_bytes), sock=sock)
    except BaseException:
        sock.close()
        raise


async def _give_up(attempts: set[asyncio.Task[tuple[asyncio.Transport, _Receiver]]]) -> None:
    for attempt in attempts:
        attempt.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        # It came second, in the very moment in which another came first.
        if isinstance(outcome, tuple):
            outcome[0].abort()
