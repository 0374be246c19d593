"""Tests of ProxiedTransport, through Transport: what goes wrong is reported as without a proxy."""

from __future__ import annotations

import asyncio

import httpcore
import pytest

from tests.fault_server import (
    Connection,
    FaultServer,
    Script,
    cuts_after,
    drops,
    eventually,
    hangs,
    no_leaked_tasks,
    replies,
    resets_after,
)
from tests.providers.network.test_http_connection import LARGE, refuses_before_it_has_read
from tests.providers.network.transports import post, stream_body, transport_to
from tui.errors import ProtocolBroken, RequestRefused, StreamInterrupted
from tui.providers.network import proxied
from tui.providers.network.connection_errors import ConnectionLost

MODEL_SERVER = "http://model.example:8000"


async def test_connection_through_the_proxy_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies(200, b"ok")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER) as transport:
            for _ in range(3):
                assert await post(transport) == b"ok"
            assert len(proxy.connections) == 1


@pytest.mark.parametrize("script", [cuts_after(b"half"), resets_after(b"half")])
async def test_truncated_body_is_interrupted(monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    async with FaultServer(script) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER) as transport:
            pieces = stream_body(transport)
            assert await anext(pieces) == b"half"
            with pytest.raises(StreamInterrupted, match="in the middle of its response"):
                await anext(pieces)


async def test_missing_response_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(drops) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER) as transport:
            with pytest.raises(StreamInterrupted, match="without a response"):
                await post(transport)


async def test_invalid_response_is_a_protocol_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 two hundred\r\n\r\n")

    async with FaultServer(script) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER) as transport:
            with pytest.raises(ProtocolBroken, match="Invalid HTTP response"):
                await post(transport)


async def test_invalid_header_is_reported_without_quoting_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER, headers={"X-A": "se\0cret"}) as transport:
            with pytest.raises(RequestRefused) as raised:
                await post(transport)
    assert "cret" not in str(raised.value) + raised.value.hint


async def test_answer_to_a_request_that_was_not_read_is_received(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(on_connect=refuses_before_it_has_read) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER) as transport, transport.exchange("POST", "/", {"a": LARGE}) as response:
            assert response.status == 413
            assert await response.read(10) == b"no"


async def test_cancelled_request_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async with no_leaked_tasks(), FaultServer(hangs) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with transport_to(MODEL_SERVER) as transport:
            posting = asyncio.create_task(post(transport))
            await eventually(lambda: bool(proxy.requests))
            posting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await posting
            await proxy.wait_until_disconnected()


def test_connection_that_breaks_while_the_proxy_is_asked_is_lost() -> None:
    with pytest.raises(ConnectionLost, match="reset"), proxied._our_errors():
        raise httpcore.WriteError("the connection was reset")
