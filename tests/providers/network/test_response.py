"""Tests of StreamedResponse."""

from __future__ import annotations

import gzip

import pytest

from tests.fault_server import JSON, Connection, FaultServer, Script, cuts_after, hangs_after, replies, streams
from tests.providers.network.transports import SHORT_S, post, response_of, transport_to
from tui.errors import ProtocolBroken
from tui.providers.network import clocks
from tui.providers.network import response as response_module


async def test_response_has_status_headers_and_body() -> None:
    script = replies(418, b"short and stout", "Text/Plain; charset=utf-8", {"X-Pot": "tea"})
    async with response_of(script) as response:
        assert response.status == 418
        assert response.media_type == "text/plain"
        assert response.headers["x-pot"] == "tea"
        assert await response.read(100) == b"short and stout"
        assert response.bytes_read == 15


async def test_media_type_is_empty_without_content_type() -> None:
    async with response_of(replies(content_type="")) as response:
        assert response.media_type == ""


@pytest.mark.parametrize(
    "script",
    [
        replies(200, bytes(100_000)),
        streams(bytes(100_000)),
        replies(200, gzip.compress(bytes(100_000)), headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_body_arrives_in_pieces_of_bounded_size(script: Script) -> None:
    async with response_of(script, read_bytes=1000) as response:
        sizes = [len(piece) async for piece in response]
    assert sum(sizes) == 100_000
    assert max(sizes) <= 1000


async def test_body_without_length_ends_with_the_connection() -> None:
    async def script(connection: Connection) -> None:
        await connection.head(200, JSON, until_close=True)
        await connection.body(b"all", b" of it")
        connection.close()

    async with FaultServer(script) as server, transport_to(server) as transport:
        assert await post(transport) == b"all of it"


async def test_reading_stops_at_a_too_long_body() -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        while True:
            await connection.body(bytes(1000))

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="more than 1,048,576 bytes"):
            await post(transport)
        await server.requests[0].disconnected.wait()


async def test_body_ends_at_its_content_length() -> None:
    async def sends_more_than_announced(connection: Connection) -> None:
        await connection.head(200, JSON, length=4)
        await connection.send(b"half and more")

    async with FaultServer(sends_more_than_announced) as server, transport_to(server) as transport:
        assert await post(transport) == b"half"


# Compression


async def test_compressed_body_is_decompressed() -> None:
    async def compresses(connection: Connection) -> None:
        await connection.head(headers={"Content-Encoding": "gzip"})
        await connection.body(*[bytes([byte]) for byte in gzip.compress(b"decompressed")])
        await connection.end()

    async with FaultServer(compresses) as server, transport_to(server) as transport:
        assert await post(transport) == b"decompressed"


async def test_unsupported_compression_fails_when_the_body_is_read() -> None:
    script = replies(200, b"...", headers={"Content-Encoding": "br"})
    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="'br'"):
            await post(transport)


async def test_status_is_available_despite_unsupported_compression() -> None:
    script = replies(502, b"...", headers={"Content-Encoding": "br"})
    async with response_of(script) as response:
        assert response.status == 502
        assert await response.read_error_body() == b""


# The end of a response


async def test_body_ends_soon_after_a_finished_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "DRAIN_TIMEOUT_S", SHORT_S)
    async with FaultServer(hangs_after(b"whole")) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as response:
            async for piece in response:
                assert piece == b"whole"
                response.answer_finished()
        await server.requests[0].disconnected.wait()


async def test_drain_lets_the_connection_be_reused() -> None:
    async with FaultServer(streams(b"complete", b"\n", b"\n")) as server, transport_to(server) as transport:
        for _ in range(2):
            async with transport.exchange("GET", "/") as response:
                await anext(aiter(response))
                await response.drain()
        assert len(server.connections) == 1


@pytest.mark.parametrize("is_endless", [True, False])
async def test_drain_gives_up_on_long_or_late_leftovers(monkeypatch: pytest.MonkeyPatch, is_endless: bool) -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.body(b"complete")
        while is_endless:
            await connection.body(bytes(1000))

    monkeypatch.setattr(response_module, "_LEFTOVER_TIMEOUT_S", 60 if is_endless else SHORT_S)
    async with FaultServer(script) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as response:
            await anext(aiter(response))
            await response.drain()
        await server.requests[0].disconnected.wait()


async def test_drain_ignores_a_broken_connection() -> None:
    async with response_of(cuts_after(b"complete")) as response:
        await anext(aiter(response))
        await response.drain()


# Error bodies


async def sends_endless_error(connection: Connection) -> None:
    await connection.head(500)
    while True:
        await connection.body(b"x" * 1000)


@pytest.mark.parametrize(
    ("script", "body"),
    [
        (replies(500, b"an error"), b"an error"),
        (sends_endless_error, b"x" * 65_536),
        (cuts_after(b"an error"), b"an error"),
        (hangs_after(b"an error"), b"an error"),
    ],
)
async def test_error_body_is_read_as_far_as_it_arrives(
    monkeypatch: pytest.MonkeyPatch, script: Script, body: bytes
) -> None:
    monkeypatch.setattr(clocks, "DRAIN_TIMEOUT_S", SHORT_S)
    async with response_of(script) as response:
        assert await response.read_error_body() == body
