"""A misbehaving server on real sockets, without an HTTP library that would prevent its faults.

Its behaviour is written as scripts. Each request runs the next script; the last one is repeated:

```python
async def cut(connection: Connection) -> None:
    await connection.head(200, "application/x-ndjson")
    await connection.body(b'{"message":{"content":"Hel')
    connection.reset()

async with FaultServer(cut, replies(200, b"{}")) as server:
    ...  # server.url, server.requests
```

A script that returns in the middle of its response leaves the connection open and silent, so the client waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

Script = Callable[["Connection"], Awaitable[None]]
"""Handles one request; or one connection, before anything has been read from it."""

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
JSON = "application/json; charset=utf-8"


class ClientDisconnected(Exception):
    """The connection was closed, by the client or the test, while a script used it. Ends the script."""


@dataclass(slots=True, eq=False)
class Request:
    """One request, as received."""

    method: str
    target: str
    """From the request line: a path with its query, or a full URL if the server acts as a proxy."""

    headers: dict[str, str]
    """By name in lower case. The values of a repeated header are joined by commas."""

    body: bytes
    connection: int
    """The number of the connection on which it arrived. The first is 1."""

    disconnected: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client has closed the connection."""

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Connection(asyncio.Protocol):
    """One connection, controlled by a script."""

    def __init__(self, server: FaultServer, number: int) -> None:
        self.number = number
        self.bytes_sent = 0
        """Bytes passed to the operating system. Stops growing while the client does not read."""
        self._server = server
        self.buffered = bytearray()
        """Received bytes that have not been parsed as a request."""
        self._data_arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._closed = asyncio.Event()
        self._closed_by_us = False
        self._request: Request | None = None
        self._chunked = False

    @property
    def request(self) -> Request:
        """The current request."""
        assert self._request is not None, "no request has been received yet"
        return self._request

    # Methods for scripts.

    async def head(
        self,
        status: int = 200,
        content_type: str = NDJSON,
        *,
        length: int | None = None,
        until_close: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send the head of a response. Its body is chunked by default.

        Args:
            status: The status.
            content_type: The media type; empty sends no Content-Type.
            length: The Content-Length, correct or not; the body is then not chunked.
            until_close: Whether the body ends with the connection, without a declared length.
            headers: Additional headers.
        """
        lines = [f"HTTP/1.1 {status} Reason"]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        self._chunked = length is None and not until_close
        if self._chunked:
            lines.append("Transfer-Encoding: chunked")
        elif length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def body(self, *pieces: bytes) -> None:
        """Send pieces of the body, each with a separate write and encoded as the head declared."""
        for piece in pieces:
            await (self.chunk(piece) if self._chunked else self.send(piece))

    async def drip(self, data: bytes, size: int = 1) -> None:
        """Send data in pieces of `size` bytes, yielding to the event loop after each so that the client receives it."""
        for start in range(0, len(data), size):
            await self.body(data[start : start + size])
            await asyncio.sleep(0)

    async def chunk(self, data: bytes) -> None:
        """Send one chunk. Empty data sends nothing, because an empty chunk ends the body."""
        if data:
            await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        """End a chunked body. No-op for other bodies."""
        if self._chunked:
            await self.send(b"0\r\n\r\n")

    async def send(self, data: bytes) -> None:
        """Send raw bytes, and wait until the operating system has accepted all of them.

        Raises:
            ClientDisconnected: If the connection is closed.
        """
        if not self._closed.is_set():
            self._transport.write(data)
            await self._writable.wait()
            if self._transport.is_closing():
                # The write failed, and the event loop has not said so yet: a script that goes on would never let it.
                await self._closed.wait()
        if self._closed.is_set():
            raise ClientDisconnected
        self.bytes_sent += len(data)

    def close(self) -> None:
        """Close the connection gracefully: what was sent still arrives."""
        self._closed_by_us = True
        self._transport.close()

    def reset(self) -> None:
        """Reset the connection. The client may lose bytes that it has not yet read."""
        self._closed_by_us = True
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def stop_reading(self) -> None:
        """Stop reading, so that the client's writes block once the buffers are full."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Resume reading."""
        self._transport.resume_reading()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Start TLS on the connection, as after a proxy's response to CONNECT.

        Raises:
            ClientDisconnected: If the handshake fails.
        """
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self._transport, self, context, server_side=True)
        except BaseException as cause:
            # During the handshake asyncio does not call `connection_lost`.
            self._transport.abort()
            self.connection_lost(None)
            if isinstance(cause, OSError):
                raise ClientDisconnected from cause
            raise
        assert isinstance(transport, asyncio.Transport)
        self._use_transport(transport)

    async def next_request(self) -> Request:
        """Read the next request, such as the one that follows a CONNECT.

        Raises:
            ClientDisconnected: If the connection is closed before.
        """
        while b"\r\n\r\n" not in self.buffered:
            await self._wait_for_data()
        head, _, rest = bytes(self.buffered).partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
        length = int(headers.get("content-length", "0"))
        while len(self.buffered) - len(head) - 4 < length:
            await self._wait_for_data()
            rest = bytes(self.buffered[len(head) + 4 :])
        del self.buffered[: len(head) + 4 + length]
        self._request = Request(method, target, headers, rest[:length], self.number)
        self._server.requests.append(self._request)
        return self._request

    async def closed_by_client(self) -> None:
        """Wait until the client has closed the connection."""
        await self._closed.wait()

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._use_transport(transport)
        self._server.connection_opened(self)

    def data_received(self, data: bytes) -> None:
        self.buffered += data
        self._data_arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()
        self._data_arrived.set()
        self._writable.set()
        if self._request is not None and not self._closed_by_us:
            self._request.disconnected.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _use_transport(self, transport: asyncio.Transport) -> None:
        # Writes wait until the buffer is empty. high=0 would pause TLS writes even when it is.
        transport.set_write_buffer_limits(high=1, low=0)
        self._transport = transport

    async def _wait_for_data(self) -> None:
        if self._closed.is_set():
            raise ClientDisconnected
        self._data_arrived.clear()
        await self._data_arrived.wait()


class FaultServer:
    """A server on a free loopback port that runs scripts."""

    def __init__(
        self,
        *scripts: Script,
        on_connect: Script | None = None,
        send_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Args:
        scripts: The script for the first request, for the second, and so on.
        on_connect: Runs on each new connection before anything is read from it. Requests are read after it returns.
        send_buffer: The approximate size of the operating system's send buffer. None means its default.
        tls: The context of an https server. None means http.
        host: The IP address to listen on.
        port: The port to listen on; 0 means any free one.
        """
        self.requests: list[Request] = []
        """Every request, in order."""
        self.connections: list[Connection] = []
        """Every connection, including closed ones."""
        self._scripts = scripts
        self._next_script = 0
        self._on_connect = on_connect
        self._send_buffer = send_buffer
        self._tls = tls
        self._host = host
        self.port = port
        """The port that the server listens on."""
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """The server's URL, such as `http://127.0.0.1:54321`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def open_connections(self) -> int:
        """The number of open connections."""
        return sum(not connection._closed.is_set() for connection in self.connections)

    async def wait_for_requests(self, count: int) -> Request:
        """Wait for the given number of requests, and return the last of them."""
        await eventually(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def wait_until_disconnected(self) -> None:
        """Wait until every connection is closed."""
        await eventually(lambda: self.open_connections == 0)

    def connection_opened(self, connection: Connection) -> None:
        """Run the scripts on a new connection."""
        self.connections.append(connection)
        self._tasks.append(asyncio.get_running_loop().create_task(self._serve(connection)))

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: Connection(self, len(self.connections) + 1),
            self._host,
            self.port,
            ssl=self._tls,
            start_serving=False,
        )
        if self._send_buffer is not None:
            for listener in self._listening.sockets:
                # Accepted connections inherit the option.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
        await self._listening.start_serving()
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        for connection in self.connections:
            connection._closed_by_us = True
            connection._transport.abort()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            await connection._closed.wait()
        for outcome in outcomes:
            if outcome is not None and not isinstance(outcome, asyncio.CancelledError):
                raise outcome

    async def _serve(self, connection: Connection) -> None:
        with contextlib.suppress(ClientDisconnected):
            if self._on_connect is not None:
                await self._on_connect(connection)
            while True:
                await connection.next_request()
                script = self._scripts[min(self._next_script, len(self._scripts) - 1)]
                self._next_script += 1
                await script(connection)


class StartServer(Protocol):
    """The fixture `start_server`."""

    async def __call__(self, *scripts: Script) -> FaultServer:
        """Start a server with the given scripts."""


def replies(
    status: int = 200, body: bytes = b"", content_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Script:
    """A complete, correct response."""

    async def script(connection: Connection) -> None:
        await connection.head(status, content_type, length=len(body), headers=headers)
        await connection.send(body)

    return script


def streams(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A correct stream: each piece is a chunk, followed by the end of the body."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        await connection.end()

    return script


def cuts_after(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A stream whose connection is closed before the end of the body."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        connection.close()

    return script


def resets_after(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A stream whose connection is reset before the end of the body."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        connection.reset()

    return script


def hangs_after(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A stream that stops sending but keeps the connection open."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)

    return script


async def hangs(connection: Connection) -> None:
    """Sends no response and keeps the connection open."""


async def drops(connection: Connection) -> None:
    """Closes the connection instead of responding."""
    connection.close()


async def resets(connection: Connection) -> None:
    """Resets the connection instead of responding."""
    connection.reset()


@contextlib.contextmanager
def refused_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port that refuses connections, and that no other program can use meanwhile."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as bound:
        bound.bind((host, 0))
        port: int = bound.getsockname()[1]
        yield port


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true, for up to 10 seconds."""
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the condition did not become true within 10 seconds")


async def wait_until_stable(value: Callable[[], int], rounds: int = 20) -> int:
    """Wait until a value no longer changes, and return it."""
    unchanged = 0
    last = value()
    while unchanged < rounds:
        await asyncio.sleep(0.005)
        current = value()
        unchanged = unchanged + 1 if current == last else 0
        last = current
    return last


@contextlib.asynccontextmanager
async def no_leaked_tasks() -> AsyncIterator[None]:
    """Check that the block leaves no asyncio task running."""
    before = asyncio.all_tasks()
    yield
    await eventually(lambda: not asyncio.all_tasks() - before)
