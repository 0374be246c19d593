"""Tests of DirectTransport, through Transport."""

from __future__ import annotations

from tests.fault_server import FaultServer, hangs_after, replies
from tests.providers.network.transports import post, response_of, transport_to


async def test_connection_is_reused_for_the_next_request() -> None:
    async with FaultServer(replies(200, b"{}")) as server, transport_to(server) as transport:
        for _ in range(3):
            await post(transport)
        assert len(server.connections) == 1
    assert len(server.requests) == 3


async def test_connection_with_an_unread_body_is_closed() -> None:
    async with FaultServer(hangs_after(b"half"), replies()) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/"):
            pass
        await server.requests[0].disconnected.wait()
        await post(transport)
        assert len(server.connections) == 2


async def test_redirect_is_returned_and_not_followed() -> None:
    for location in ("http://[::1", "mailto:someone", "/elsewhere", "http://a:99999999"):
        async with response_of(replies(302, headers={"Location": location})) as response:
            assert response.status == 302
            assert response.headers["location"] == location
