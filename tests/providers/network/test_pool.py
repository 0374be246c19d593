"""Tests of DirectTransport, through Transport."""

from __future__ import annotations

import asyncio

import pytest

from tests.fault_server import Connection, FaultServer, hangs_after, replies
from tests.providers.network.transports import post, response_of, transport_to
from tui.errors import StreamInterrupted
from tui.providers.network import pool


async def test_connection_is_reused_for_the_next_request() -> None:
    async with FaultServer(replies(200, b"{}")) as server, transport_to(server) as transport:
        for _ in range(3):
            await post(transport)
        assert len(server.connections) == 1
    assert len(server.requests) == 3


async def test_requests_at_the_same_time_have_connections_of_their_own_which_are_reused() -> None:
    all_there = asyncio.Event()

    async def waits_for_the_others(connection: Connection) -> None:
        if len(server.requests) >= 3:
            all_there.set()
        await all_there.wait()
        await replies()(connection)

    async with FaultServer(waits_for_the_others) as server, transport_to(server) as transport:
        for _ in range(2):
            await asyncio.gather(*(post(transport) for _ in range(3)))
        assert len(server.connections) == 3


async def test_connection_with_an_unread_body_is_closed() -> None:
    async with FaultServer(hangs_after(b"half"), replies()) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/"):
            pass
        await server.requests[0].disconnected.wait()
        await post(transport)
        assert len(server.connections) == 2


async def test_connection_that_was_idle_for_long_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await post(transport)
        monkeypatch.setattr(pool, "KEEP_ALIVE_S", -1.0)
        await post(transport)
        await server.requests[0].disconnected.wait()
        assert len(server.connections) == 2


async def test_closing_ends_a_running_response_and_keeps_no_connection() -> None:
    async with FaultServer(hangs_after(b"half"), replies(200, b"ok")) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as response:
            pieces = aiter(response)
            assert await anext(pieces) == b"half"
            await transport.aclose()
            with pytest.raises(StreamInterrupted):
                await anext(pieces)
        await server.wait_until_disconnected()
        assert await post(transport) == b"ok"


async def test_connection_is_not_kept_if_its_response_ends_after_closing() -> None:
    async with FaultServer(replies(200, b"whole")) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as response:
            assert await response.read(10) == b"whole"
            await transport.aclose()
        await server.wait_until_disconnected()


async def test_redirect_is_returned_and_not_followed() -> None:
    for location in ("http://[::1", "mailto:someone", "/elsewhere", "http://a:99999999"):
        async with response_of(replies(302, headers={"Location": location})) as response:
            assert response.status == 302
            assert response.headers["location"] == location
