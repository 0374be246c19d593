"""httpx's transport through a proxy: httpcore's connection pool over our sockets.

httpx's own transport would do the same with anyio's sockets, which read ahead without a bound.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from tui.providers.network.connection_errors import (
    ConnectFailed,
    ConnectionLost,
    InvalidRequest,
    InvalidResponse,
)
from tui.providers.network.pool import KEEP_ALIVE_S
from tui.providers.network.progress import SendProgress
from tui.providers.network.proxies import Proxy
from tui.providers.network.response import UnfollowedResponse
from tui.providers.network.socket_stream import SocketStream


class ProxiedTransport(httpx.AsyncBaseTransport):
    """Sends requests through a proxy. Raises a `ConnectionProblem` if that fails."""

    def __init__(self, tls: ssl.SSLContext | None, proxy: Proxy, read_bytes: int) -> None:
        """Args:
        tls: The TLS context for https; None for http.
        proxy: The proxy.
        read_bytes: The maximum number of bytes that are read ahead from a socket.
        """
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            proxy=httpcore.Proxy(url=str(proxy), auth=proxy.auth),
            max_connections=None,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=_Backend(read_bytes),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        progress = SendProgress.of(request)
        streams: list[httpcore.AsyncNetworkStream] = []

        async def trace(event: str, info: dict[str, Any]) -> None:
            if event.endswith(".connect_tcp.started"):
                progress.opened_connection = True
            elif event.endswith(".connect_tcp.complete"):
                progress.is_connected = True
                streams.append(info["return_value"])
            # A CONNECT request to the proxy is part of connecting.
            elif event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
                progress.begin_sending()

        url = request.url
        try:
            with _our_errors():
                response = await self._pool.handle_async_request(
                    httpcore.Request(
                        method=request.method,
                        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                        headers=request.headers.raw,
                        content=request.stream,
                        extensions={"trace": trace},
                    )
                )
        except BaseException:
            # httpcore leaks a connection if the request is cancelled between connecting and using it.
            for stream in streams:
                await stream.aclose()
            raise
        return UnfollowedResponse(
            response.status, headers=response.headers, stream=_Body(response.stream), extensions=response.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


@contextmanager
def _our_errors() -> Iterator[None]:
    """Translate the exceptions of httpcore. Ours pass through it."""
    try:
        yield
    except httpcore.LocalProtocolError as cause:
        raise InvalidRequest(str(cause)) from cause
    except (httpcore.ConnectError, httpcore.ProxyError) as cause:
        raise ConnectFailed(str(cause)) from cause
    except httpcore.RemoteProtocolError as cause:
        is_at_end = str(cause).startswith(("peer closed connection", "Server disconnected"))
        raise (ConnectionLost if is_at_end else InvalidResponse)(str(cause)) from cause
    except httpcore.NetworkError as cause:
        raise ConnectionLost(str(cause)) from cause


class _Body(httpx.AsyncByteStream):
    """Adapts httpcore's stream to httpx's class."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _our_errors():
            async for data in self._stream:
                yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Backend(httpcore.AsyncNetworkBackend):
    """Opens our sockets for httpcore. Timeouts are ignored: the caller's `Clocks` cancel what takes too long."""

    def __init__(self, read_bytes: int) -> None:
        self._read_bytes = read_bytes

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await SocketStream.connect(host, port, self._read_bytes))


class _Stream(httpcore.AsyncNetworkStream):
    """One of our connections, for httpcore."""

    def __init__(self, stream: SocketStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            await self._stream.write(buffer)
        except ConnectionLost as cause:
            # httpcore reads the response after an error of this type.
            raise httpcore.WriteError(str(cause)) from cause

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        assert server_hostname is not None
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # httpcore asks before it uses a connection again, and closes the connection if it is readable.
            return not self._stream.can_be_reused
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._stream.get_extra_info(names.get(info, info))
