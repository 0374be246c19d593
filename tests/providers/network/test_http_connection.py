"""Tests of HTTPConnection, through Transport."""

from __future__ import annotations

import pytest

from tests.fault_server import Connection, FaultServer, eventually, replies
from tests.providers.network.transports import post, response_of, transport_to
from tui.errors import ProtocolBroken

LARGE = "x" * 20_000_000
"""More than a connection takes without a server that reads."""


async def refuses_before_it_has_read(connection: Connection) -> None:
    """Answer in the middle of the request, and break the connection."""
    await eventually(lambda: len(connection.buffered) > 1_000_000)
    connection.stop_reading()
    await connection.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
    connection.reset()


async def test_answer_to_a_request_that_was_not_read_is_received() -> None:
    async with (
        FaultServer(on_connect=refuses_before_it_has_read) as server,
        transport_to(server) as transport,
        transport.exchange("POST", "/", {"a": LARGE}) as response,
    ):
        assert response.status == 413
        assert await response.read(10) == b"no"


async def test_large_request_arrives_whole() -> None:
    async with FaultServer(replies(200, b"ok")) as server, transport_to(server) as transport:
        assert await post(transport, {"a": LARGE[:3_000_000]}) == b"ok"
    assert server.requests[0].json == {"a": LARGE[:3_000_000]}


async def test_informational_responses_are_skipped() -> None:
    async def script(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await replies(200, b"ok")(connection)

    async with response_of(script) as response:
        assert response.status == 200
        assert await response.read(10) == b"ok"


async def test_switch_to_another_protocol_is_an_error() -> None:
    async def script(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken):
            await post(transport)
