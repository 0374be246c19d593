"""httpx's transport over our sockets: httpcore's connection pool with `SocketBackend`.

httpx's own transport would do the same with anyio's sockets, and translate httpcore's exceptions into its own, which
hides the types that `failures` tells apart.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import Any, Final

import httpcore
import httpx

from tui.providers.network.backend import SocketBackend
from tui.providers.network.proxies import Proxy

_KEEP_ALIVE_S: Final = 30.0
"""How long an idle connection stays open."""


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends requests over pooled connections. Raises httpcore's exceptions, not httpx's."""

    def __init__(self, tls: ssl.SSLContext | None, proxy: Proxy | None, read_bytes: int) -> None:
        """Args:
        tls: The TLS context for https; None for http.
        proxy: The proxy, if any.
        read_bytes: The maximum number of bytes that are read ahead from a socket.
        """
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            proxy=None if proxy is None else proxy.for_pool(),
            max_connections=None,
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=SocketBackend(read_bytes),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return _Response(
            response.status, headers=response.headers, stream=_Body(response.stream), extensions=response.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Response(httpx.Response):
    """A response that is never treated as a redirect: httpx would parse its Location and fail if that is invalid."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class _Body(httpx.AsyncByteStream):
    """Adapts httpcore's stream to httpx's class, which has the same methods."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        iterator: AsyncIterator[bytes] = self._stream.__aiter__()
        return iterator

    async def aclose(self) -> None:
        await self._stream.aclose()
