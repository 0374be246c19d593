"""Tests of failures: each problem with a connection becomes an error for users."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fault_server import (
    JSON,
    Connection,
    FaultServer,
    Script,
    cuts_after,
    drops,
    hangs_after,
    refused_port,
    replies,
    resets,
)
from tests.providers.network.transports import LONG_LIMITS, SHORT_S, post, stream_body, transport_to
from tui.errors import ProtocolBroken, ProviderError, RequestRefused, ServerUnreachable, StreamInterrupted
from tui.limits import TimeLimits
from tui.providers.network.address import ServerAddress
from tui.providers.network.connection_errors import CertificateNotTrusted, ConnectFailed, TLSFailed
from tui.providers.network.socket_stream import SocketStream

# No connection


@pytest.mark.parametrize(
    ("error", "hint", "transient"),
    [
        (CertificateNotTrusted("its certificate is not trusted"), "`verify`", False),
        (TLSFailed("TLS failed"), "http://", False),
        (ConnectFailed("no route to host"), "Start it.", True),
    ],
)
async def test_each_connection_failure_has_its_hint(
    monkeypatch: pytest.MonkeyPatch, error: Exception, hint: str, transient: bool
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(SocketStream, "connect", fail)
    async with transport_to("http://127.0.0.1:9", start_hint="Start it.") as transport:
        with pytest.raises(ServerUnreachable, match=f"Cannot reach demo at http://127.0.0.1:9: {error}") as raised:
            await post(transport)

    assert hint in raised.value.hint
    assert raised.value.is_transient is transient


async def test_refused_connection_is_reported_with_the_start_hint() -> None:
    with refused_port() as port:
        async with transport_to(f"127.0.0.1:{port}", start_hint="Start it.") as transport:
            with pytest.raises(ServerUnreachable) as raised:
                await post(transport)

    assert str(raised.value) == f"Cannot reach demo at http://127.0.0.1:{port}: connection refused."
    assert raised.value.hint == "Start it."
    assert raised.value.is_transient


async def test_invalid_ip_address_is_reported() -> None:
    async with transport_to(ServerAddress("http", "127.0.0.256", 80)) as transport:
        with pytest.raises(ServerUnreachable, match="Invalid IPv4 address") as raised:
            await post(transport)

    assert "base_url" in raised.value.hint
    assert not raised.value.is_transient


@pytest.mark.parametrize(
    "options", [{"key": "sk-se\ncret"}, {"headers": {"X-A": "se\0cret"}}, {"headers": {"X A": "secret"}}]
)
async def test_invalid_header_is_reported_without_quoting_it(options: dict[str, Any]) -> None:
    async with FaultServer(replies()) as server, transport_to(server, **options) as transport:
        with pytest.raises(RequestRefused) as raised:
            await post(transport)

    assert "cret" not in str(raised.value) + raised.value.hint
    assert server.requests == []


# Broken responses


async def resets_in_the_body(connection: Connection) -> None:
    await connection.head()
    await connection.body(b"half")
    connection.reset()


async def closes_before_content_length(connection: Connection) -> None:
    await connection.head(200, JSON, length=100)
    await connection.send(b"half")
    connection.close()


async def closes_inside_a_chunk(connection: Connection) -> None:
    await connection.head()
    await connection.send(b"a\r\nhalf")
    connection.close()


@pytest.mark.parametrize("script", [cuts_after(b"half"), closes_before_content_length, closes_inside_a_chunk])
async def test_truncated_body_is_interrupted_after_the_received_part(script: Script) -> None:
    async with FaultServer(script) as server, transport_to(server) as transport:
        pieces = stream_body(transport)
        assert await anext(pieces) == b"half"
        with pytest.raises(StreamInterrupted, match="in the middle of its response"):
            await anext(pieces)


async def test_reset_in_the_body_is_an_interruption() -> None:
    async with FaultServer(hangs_after(b"half")) as server, transport_to(server) as transport:
        pieces = stream_body(transport)
        assert await anext(pieces) == b"half"
        server.connections[0].reset()
        with pytest.raises(StreamInterrupted, match="in the middle of its response"):
            await anext(pieces)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 200_000,
    ],
)
async def test_invalid_http_is_reported_briefly(sent: bytes) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(sent)

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="Invalid HTTP response") as raised:
            await post(transport)
    assert len(str(raised.value)) < 400
    assert "bytearray" not in str(raised.value)
    assert "base_url" in raised.value.hint


@pytest.mark.parametrize(
    ("sent", "quoted"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "'SSH-2.0-OpenSSH_9.6'"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "'SSH-2.0-OpenSSH_9.6'"),
        (b"220 mail ESMTP\r\n500 what?\r\n", "'220 mail ESMTP'"),
        (b"J\0\0\0\n8.0.36\0", r"'J\x00\x00\x00'"),
        (b"x" * 90_000 + b"\r\n\r\n", "'" + "x" * 80 + "'"),
    ],
)
async def test_greeting_of_another_protocol_is_quoted_without_waiting_for_more(sent: bytes, quoted: str) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(sent)
        await connection.closed_by_client()

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken) as raised:
            await post(transport)
    assert str(raised.value).endswith(f" does not speak HTTP: it sent {quoted}.")
    assert "port in base_url" in raised.value.hint


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_other_protocol_is_told_from_a_lost_connection(end: str) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(b"+OK\n")
        getattr(connection, end)()

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match=r"does not speak HTTP: it sent '\+OK'"):
            await post(transport)


async def test_invalid_chunk_is_a_protocol_error() -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.body(b"half")
        await connection.send(b"zz\r\n")

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="Invalid HTTP response"):
            await post(transport)


async def test_transport_works_after_each_fault() -> None:
    faults = [
        drops,
        resets,
        hangs_after(b"half"),
        cuts_after(b"half"),
        resets_in_the_body,
        closes_before_content_length,
    ]
    # On a reused connection the transport would silently retry after some of these faults.
    succeeds = replies(200, b"ok", headers={"Connection": "close"})
    scripts = [script for fault in faults for script in (fault, succeeds)]
    limits = TimeLimits(first_token=SHORT_S)
    async with FaultServer(*scripts) as server, transport_to(server, limits) as transport:
        for _ in faults:
            with pytest.raises(ProviderError):
                await post(transport)
            assert await post(transport, limits=LONG_LIMITS) == b"ok"
        await server.wait_until_disconnected()
    assert len(server.requests) == 2 * len(faults)
