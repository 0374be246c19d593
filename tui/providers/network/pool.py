"""httpx's transport over our sockets: the connections to one server, kept open between requests.

httpx's own transport is httpcore, which takes its locks from anyio: importing both takes longer than importing all that
llm-tui needs for one answer. Through proxies it is used nevertheless (`proxied`).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import httpx

from tui.providers.network.http_connection import HTTPConnection
from tui.providers.network.progress import SendProgress
from tui.providers.network.response import UnfollowedResponse
from tui.providers.network.socket_stream import SocketStream

KEEP_ALIVE_S: Final = 30.0
"""How long an idle connection stays open."""

_PORTS: Final = {"http": 80, "https": 443}


class DirectTransport(httpx.AsyncBaseTransport):
    """Sends requests to one server. Raises a `ConnectionProblem` if that fails."""

    def __init__(self, tls: ssl.SSLContext | None, read_bytes: int) -> None:
        """Args:
        tls: The TLS context for https; None for http.
        read_bytes: The maximum number of bytes that are read ahead from a socket.
        """
        self._tls = tls
        self._read_bytes = read_bytes
        self._idle: list[HTTPConnection] = []
        """Least recently used first."""
        self._busy: set[HTTPConnection] = set()
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        progress = SendProgress.of(request)
        connection = self._idle_connection() or await self._connect(request.url, progress)
        self._busy.add(connection)
        try:
            progress.begin_sending()
            await connection.send(request)
            head = await connection.receive_head()
        except BaseException:
            await self._close(connection)
            raise
        return UnfollowedResponse(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(connection, self._give_back),
            extensions={"http_version": b"HTTP/" + head.http_version, "reason_phrase": head.reason},
        )

    async def aclose(self) -> None:
        self._is_closed = True
        idle, self._idle = self._idle, []
        for connection in [*idle, *self._busy]:
            await self._close(connection)

    def _idle_connection(self) -> HTTPConnection | None:
        """Take a connection that can be used again, and close those that cannot. None if there is none."""
        oldest = time.monotonic() - KEEP_ALIVE_S
        usable = []
        for connection in self._idle:
            if connection.idle_since >= oldest and connection.can_be_reused:
                usable.append(connection)
            else:
                connection.abort()
        self._idle = usable
        return usable.pop() if usable else None

    async def _connect(self, url: httpx.URL, progress: SendProgress) -> HTTPConnection:
        progress.opened_connection = True
        host = url.raw_host.decode("ascii")
        stream = await SocketStream.connect(host, url.port or _PORTS[url.scheme], self._read_bytes)
        progress.is_connected = True
        if self._tls is not None:
            stream = await stream.start_tls(self._tls, host)
        return HTTPConnection(stream)

    async def _give_back(self, connection: HTTPConnection) -> None:
        """Keep a connection for the next request, if its response was read to the end."""
        if not self._is_closed and connection.finish():
            self._busy.remove(connection)
            self._idle.append(connection)
        else:
            await self._close(connection)

    async def _close(self, connection: HTTPConnection) -> None:
        self._busy.discard(connection)
        await connection.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a response, read as it arrives."""

    def __init__(self, connection: HTTPConnection, give_back: Callable[[HTTPConnection], Awaitable[None]]) -> None:
        self._connection = connection
        self._give_back = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (data := await self._connection.receive_data()) is not None:
            yield data

    async def aclose(self) -> None:
        await self._give_back(self._connection)
