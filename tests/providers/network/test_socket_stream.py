"""Tests of SocketStream."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from typing import Any

import pytest

from tests.fault_server import Connection, FaultServer, eventually, no_leaked_tasks, refused_port
from tests.providers.network.certificates import anonymous
from tests.providers.network.connections import (
    HOST,
    connected,
    first_connection,
    read_all,
    receive_buffer_of,
    waits_for_close,
)
from tui.providers.network import happy_eyeballs, socket_stream
from tui.providers.network.connection_errors import ConnectFailed, ConnectionLost
from tui.providers.network.receive_buffer import ReceiveBuffer
from tui.providers.network.socket_stream import SocketStream

# Connecting


async def test_refused_connection_is_a_connect_error() -> None:
    with refused_port() as port, pytest.raises(ConnectFailed, match=r"^connection refused$"):
        await SocketStream.connect(HOST, port, 10)


async def test_localhost_reaches_a_server_that_listens_on_ipv4_only() -> None:
    async with FaultServer(on_connect=waits_for_close) as server:
        stream = await SocketStream.connect("localhost", server.port, 10)
        assert stream.get_extra_info("peername") == (HOST, server.port)
        assert stream.get_extra_info("sockname")[0] == HOST
        await stream.aclose()


async def test_immediate_reset_is_raised_by_the_first_read(monkeypatch: pytest.MonkeyPatch) -> None:
    real_connect = happy_eyeballs.connect_first

    async def connect(*arguments: Any) -> tuple[asyncio.Transport, ReceiveBuffer]:
        transport, receive_buffer = await real_connect(*arguments)
        await receive_buffer.closed
        return transport, receive_buffer

    async def resets(connection: Connection) -> None:
        connection.reset()

    monkeypatch.setattr(socket_stream, "connect_first", connect)
    async with FaultServer(on_connect=resets) as server, connected(server) as stream:
        with pytest.raises(ConnectionLost, match="the connection was reset"):
            await stream.read(10)


# Writing


async def test_written_bytes_arrive() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        await stream.write(b"")
        await stream.write(b"hello ")
        await stream.write(b"there")
        connection = await first_connection(server)
        await eventually(lambda: connection.buffered == b"hello there")


async def test_nodelay_and_keepalive_are_set() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        sock = stream.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


# Closing


async def test_close_reaches_the_server_and_may_be_repeated() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        connection = await first_connection(server)
        await stream.aclose()
        await stream.aclose()
        await connection.closed_by_client()


async def test_close_can_be_awaited_again_after_cancellation() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        closing = asyncio.create_task(stream.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing

        await stream.aclose()


# Idle connections


async def test_connection_closed_by_the_server_is_not_reused() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        connection = await first_connection(server)
        assert stream.can_be_reused
        connection.close()
        await eventually(lambda: receive_buffer_of(stream).at_end)
        assert not stream.can_be_reused


async def test_close_unnoticed_by_the_event_loop_prevents_its_reuse(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as listening:
        stream = await SocketStream.connect(HOST, listening.getsockname()[1], 10)
        peer, _ = listening.accept()
        for has_poll in (True, False):
            if not has_poll:
                monkeypatch.delattr(select, "poll")
            assert stream.can_be_reused
        peer.close()
        assert not receive_buffer_of(stream).is_readable()
        assert not stream.can_be_reused
        monkeypatch.undo()
        assert not stream.can_be_reused
        await stream.aclose()
        assert not stream.can_be_reused


def test_closed_socket_is_readable() -> None:
    closed = socket.socket()
    closed.close()
    assert socket_stream._is_readable(closed)


# TLS


async def handshake(stream: SocketStream) -> SocketStream:
    return await stream.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), server_hostname="localhost")


async def test_tls_connection_reads_ahead_no_more_than_its_buffer() -> None:
    sent = bytes(range(256)) * 8_000

    async def floods(connection: Connection) -> None:
        await eventually(lambda: bool(connection.buffered))
        await connection.send(sent)
        connection.close()

    tls = anonymous(ssl.PROTOCOL_TLS_SERVER)
    async with FaultServer(on_connect=floods, tls=tls) as server, connected(server, 1000) as plain:
        stream = await handshake(plain)
        assert stream.get_extra_info("ssl_object").version() == "TLSv1.2"
        await stream.write(b"start")
        receive_buffer = receive_buffer_of(stream)
        await eventually(lambda: receive_buffer._end == 1000)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(receive_buffer._buffer) == 1000

        assert await read_all(stream) == sent
        await stream.aclose()


async def test_bytes_written_over_tls_arrive_and_close_is_seen() -> None:
    tls = anonymous(ssl.PROTOCOL_TLS_SERVER)
    async with FaultServer(on_connect=waits_for_close, tls=tls) as server, connected(server) as plain:
        stream = await handshake(plain)
        await stream.write(b"hello")
        connection = await first_connection(server)
        await eventually(lambda: connection.buffered == b"hello")
        await stream.aclose()
        await connection.closed_by_client()


async def test_plain_response_to_a_handshake_is_a_tls_failure() -> None:
    async def sends_plain_text(connection: Connection) -> None:
        await eventually(lambda: bool(connection.buffered))
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with FaultServer(on_connect=sends_plain_text) as server, connected(server) as stream:
        with pytest.raises(ConnectFailed, match="TLS failed"):
            await handshake(stream)


async def test_data_before_the_handshake_is_a_tls_failure() -> None:
    async def sends_plain_text(connection: Connection) -> None:
        await connection.send(b"SSH-2.0-OpenSSH_9.6\r\n")

    async with FaultServer(on_connect=sends_plain_text) as server, connected(server) as stream:
        await eventually(lambda: receive_buffer_of(stream).is_readable())
        with pytest.raises(ConnectFailed, match="sent data before the handshake"):
            await handshake(stream)


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_disconnect_before_the_handshake_is_a_connect_error(how: str) -> None:
    async def disconnects(connection: Connection) -> None:
        getattr(connection, how)()

    async with no_leaked_tasks(), FaultServer(on_connect=disconnects) as server, connected(server) as stream:
        await eventually(lambda: receive_buffer_of(stream).transport.is_closing())
        with pytest.raises(ConnectFailed, match="closed the connection immediately"):
            await handshake(stream)


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_disconnect_during_the_handshake_is_a_connect_error(how: str) -> None:
    async def disconnects(connection: Connection) -> None:
        await eventually(lambda: bool(connection.buffered))
        getattr(connection, how)()

    async with no_leaked_tasks(), FaultServer(on_connect=disconnects) as server, connected(server) as stream:
        with pytest.raises(ConnectFailed, match="the connection was reset"):
            await handshake(stream)


async def test_cancelled_handshake_closes_the_connection() -> None:
    async with no_leaked_tasks(), FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        handshaking = asyncio.create_task(handshake(stream))
        connection = await first_connection(server)
        await eventually(lambda: bool(connection.buffered))
        handshaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handshaking
        await connection.closed_by_client()
        await stream.aclose()
