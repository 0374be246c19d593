"""Transports to fault servers, and requests over them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from tests.fault_server import FaultServer, Script
from tui.limits import TimeLimits
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.network.response import StreamedResponse
from tui.providers.network.transport import Transport

LONG_LIMITS = TimeLimits(connect=60, first_token=60, idle=60, total=60)
SHORT_S = 0.05


@contextlib.asynccontextmanager
async def transport_to(
    target: FaultServer | str | ServerAddress, limits: TimeLimits = LONG_LIMITS, **options: Any
) -> AsyncIterator[Transport]:
    """A transport to a server named demo."""
    if isinstance(target, FaultServer):
        target = target.url
    address = parse_address(target) if isinstance(target, str) else target
    transport = Transport(address, server="demo", limits=limits, **options)
    try:
        yield transport
    finally:
        await transport.aclose()


@contextlib.asynccontextmanager
async def response_of(
    script: Script, body: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[StreamedResponse]:
    """The response to the only request to a server."""
    async with (
        FaultServer(script) as server,
        transport_to(server, **options) as transport,
        transport.exchange("POST", "/", body) as response,
    ):
        yield response


async def post(transport: Transport, body: dict[str, Any] | None = None, **options: Any) -> bytes:
    """Send a request and return the body of its response."""
    async with transport.exchange("POST", "/path", body or {"a": 1}, **options) as response:
        return await response.read(1 << 20)


async def stream_body(transport: Transport, *, has_content: bool = False) -> AsyncIterator[bytes]:
    """Yield the body of a response in pieces; with `has_content`, each is reported as content of an answer."""
    async with transport.exchange("GET", "/") as response:
        async for piece in response:
            yield piece
            if has_content:
                response.content_arrived()


async def read_to_end(transport: Transport) -> None:
    """Read a response as an answer, and discard it."""
    async for _ in stream_body(transport, has_content=True):
        pass
