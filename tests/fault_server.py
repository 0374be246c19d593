"""A server that does what no server should, over real sockets, with no HTTP library in its way.

What it does is written as scripts. Each request takes the next one, and the last is repeated:

```python
async def cut(connection: Connection) -> None:
    await connection.head(200, "application/x-ndjson")
    await connection.body(b'{"message":{"content":"Hel')
    connection.reset()

async with FaultServer(cut, replies(200, b"{}")) as server:
    ...  # server.url, server.requests
```

A script that returns in the middle of its reply leaves the connection open and silent: it hangs. Nothing here looks at
a clock.
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
from typing import Any, Self

Script = Callable[["Connection"], Awaitable[None]]
"""What to do with one request; or with one connection, before anything has been read from it."""

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
JSON = "application/json; charset=utf-8"


class ClientLeft(Exception):
    """The client closed the connection, or it was closed here, while a script was at it. Ends the script."""


@dataclass(slots=True, eq=False)
class Request:
    """One request, as it came."""

    method: str
    target: str
    """What stood in the request line: a path with its query; a whole URL where we are the proxy."""

    headers: dict[str, str]
    """By name in lower case. A header that came twice has its values joined by commas."""

    body: bytes
    connection: int
    """The number of the connection that it came over. The first is 1."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client has closed the connection."""

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Connection(asyncio.Protocol):
    """One connection, in the hands of a script."""

    def __init__(self, server: FaultServer, number: int) -> None:
        self.number = number
        self.bytes_sent = 0
        """Bytes of which the operating system has taken hold. It stands still while the client does not read."""
        self._server = server
        self._arrived = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._lost = asyncio.Event()
        self._ours = False
        self._request: Request | None = None
        self._chunked = False

    @property
    def request(self) -> Request:
        """The request under way."""
        assert self._request is not None, "nothing has been asked yet"
        return self._request

    # What a script may do.

    async def head(
        self,
        status: int = 200,
        content_type: str = NDJSON,
        *,
        length: int | None = None,
        until_close: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send the head of a reply. Its body is chunked, unless told otherwise.

        Args:
            status: Its status.
            content_type: Its media type; none when empty.
            length: What to declare as Content-Length, true or not.
            until_close: Declare nothing: the body lasts until the connection ends.
            headers: More headers.
        """
        lines = [f"HTTP/1.1 {status} Whatever"]
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
        """Send pieces of the body, coded as the head has declared, each in a write of its own."""
        for piece in pieces:
            await (self.chunk(piece) if self._chunked else self.send(piece))

    async def drip(self, data: bytes, size: int = 1) -> None:
        """Send data as pieces of the body of so many bytes, each of which the client can see by itself."""
        for start in range(0, len(data), size):
            await self.body(data[start : start + size])
            await asyncio.sleep(0)

    async def chunk(self, data: bytes) -> None:
        """Send one chunk. An empty one would be the last, so nothing is sent for it."""
        if data:
            await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        """End the body: with the last chunk where it is chunked."""
        if self._chunked:
            await self.send(b"0\r\n\r\n")

    async def send(self, data: bytes) -> None:
        """Send bytes as they are, and wait until the operating system has taken them all.

        Raises:
            ClientLeft: When the connection is gone.
        """
        if not self._lost.is_set():
            self._transport.write(data)
            await self._room.wait()
        if self._lost.is_set():
            raise ClientLeft
        self.bytes_sent += len(data)

    def close(self) -> None:
        """Close the connection in an orderly way: what was sent still arrives."""
        self._ours = True
        self._transport.close()

    def reset(self) -> None:
        """Break the connection: the client gets a reset. What it had not read yet may be lost to it."""
        self._ours = True
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def stop_reading(self) -> None:
        """Read nothing more: what the client sends fills the buffers, and then it has to wait."""
        self._transport.pause_reading()

    def read_again(self) -> None:
        """Go on reading."""
        self._transport.resume_reading()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on in TLS, as after a proxy's answer to CONNECT.

        Raises:
            ClientLeft: When it comes to nothing.
        """
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self._transport, self, context, server_side=True)
        except BaseException as cause:
            # As long as hands are being shaken, asyncio tells nobody that the connection is gone.
            self._transport.abort()
            self.connection_lost(None)
            if isinstance(cause, OSError):
                raise ClientLeft from cause
            raise
        assert isinstance(transport, asyncio.Transport)
        self._take(transport)

    async def next_request(self) -> Request:
        """Read a request over this connection, outside of the scripts' turn: the one that follows a CONNECT.

        Raises:
            ClientLeft: When none comes.
        """
        while b"\r\n\r\n" not in self._arrived:
            await self._more()
        head, _, rest = bytes(self._arrived).partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
        length = int(headers.get("content-length", "0"))
        while len(self._arrived) - len(head) - 4 < length:
            await self._more()
            rest = bytes(self._arrived[len(head) + 4 :])
        del self._arrived[: len(head) + 4 + length]
        self._request = Request(method, target, headers, rest[:length], self.number)
        self._server.requests.append(self._request)
        return self._request

    async def closed_by_client(self) -> None:
        """Wait until the client has closed the connection."""
        await self._lost.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._take(transport)
        self._server.began(self)

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()
        self._news.set()
        self._room.set()
        if self._request is not None and not self._ours:
            self._request.left.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def _take(self, transport: asyncio.Transport) -> None:
        # A write is over when the operating system has all of it. (At 0, TLS would wait for less than nothing.)
        transport.set_write_buffer_limits(high=1, low=0)
        self._transport = transport

    async def _more(self) -> None:
        if self._lost.is_set():
            raise ClientLeft
        self._news.clear()
        await self._news.wait()


class FaultServer:
    """A server on a free port of loopback that follows scripts."""

    def __init__(
        self,
        *scripts: Script,
        at_once: Script | None = None,
        send_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Args:
        scripts: What to do with the first request, the second, and so on.
        at_once: What to do with each connection before anything is read from it. Requests are read when it returns.
        send_buffer: About how many bytes the operating system may hold for a client that does not read.
        tls: Makes it an https server.
        host: Where to listen.
        port: Where to listen; 0 takes a free one.
        """
        self.requests: list[Request] = []
        """Every request, in order."""
        self.connections: list[Connection] = []
        """Every connection that was made, those that are gone too."""
        self._scripts = scripts
        self._taken = 0
        self._at_once = at_once
        self._send_buffer = send_buffer
        self._tls = tls
        self._host = host
        self.port = port
        """The port it listens on."""
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Its address, such as `http://127.0.0.1:54321`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def open_connections(self) -> int:
        """How many connections are open right now."""
        return sum(not connection._lost.is_set() for connection in self.connections)

    async def received(self, count: int) -> Request:
        """Wait until so many requests have come; the last of them."""
        await eventually(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def deserted(self) -> None:
        """Wait until no connection is open any more."""
        await eventually(lambda: self.open_connections == 0)

    def began(self, connection: Connection) -> None:
        """A connection has been made."""
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
                # Connections inherit it.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
        await self._listening.start_serving()
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        for connection in self.connections:
            connection._ours = True
            connection._transport.abort()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            await connection._lost.wait()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _serve(self, connection: Connection) -> None:
        with contextlib.suppress(ClientLeft):
            if self._at_once is not None:
                await self._at_once(connection)
            while True:
                await connection.next_request()
                script = self._scripts[min(self._taken, len(self._scripts) - 1)]
                self._taken += 1
                await script(connection)


def replies(
    status: int = 200, body: bytes = b"", content_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Script:
    """A whole and honest reply."""

    async def script(connection: Connection) -> None:
        await connection.head(status, content_type, length=len(body), headers=headers)
        await connection.send(body)

    return script


def streams(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """An honest stream: each piece a chunk, and the last chunk after them."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        await connection.end()

    return script


def cuts_after(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A stream whose connection is closed before the last chunk."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        connection.close()

    return script


def resets_after(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A stream whose connection is reset before the last chunk."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        connection.reset()

    return script


def hangs_after(*pieces: bytes, content_type: str = NDJSON) -> Script:
    """A stream that falls silent with the connection open."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)

    return script


async def hangs(connection: Connection) -> None:
    """Never a reply, not even its head."""


async def drops(connection: Connection) -> None:
    """The connection is closed in place of a reply."""
    connection.close()


async def resets(connection: Connection) -> None:
    """The connection is reset in place of a reply."""
    connection.reset()


@contextlib.contextmanager
def refused_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port on which nobody listens, and nobody else will."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as held:
        held.bind((host, 0))
        port: int = held.getsockname()[1]
        yield port


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until it is so, for a bounded time."""
    for _ in range(2_000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never became so")


async def settled(value: Callable[[], int], rounds: int = 20) -> int:
    """Wait until a number that grows has stopped growing, and give it."""
    still = 0
    last = value()
    while still < rounds:
        await asyncio.sleep(0.005)
        now = value()
        still = still + 1 if now == last else 0
        last = now
    return last


@contextlib.asynccontextmanager
async def nothing_left_behind() -> AsyncIterator[None]:
    """Checks that what is done within leaves no task behind."""
    before = asyncio.all_tasks()
    yield
    await eventually(lambda: not asyncio.all_tasks() - before)
