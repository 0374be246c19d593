"""Tests of ReceiveBuffer, mostly on real connections."""

from __future__ import annotations

import asyncio

import pytest

from tests.fault_server import Connection, FaultServer, eventually, wait_until_stable
from tests.providers.network.connections import (
    connected,
    first_connection,
    read_all,
    receive_buffer_of,
    waits_for_close,
)
from tui.providers.network.connection_errors import ConnectionLost
from tui.providers.network.receive_buffer import ReceiveBuffer

# Reading


async def test_reads_return_received_bytes_then_nothing_at_the_end() -> None:
    async def sends_and_closes(connection: Connection) -> None:
        await connection.send(b"hello")
        connection.close()

    async with FaultServer(on_connect=sends_and_closes) as server, connected(server) as stream:
        assert await stream.read(3) == b"hel"
        assert await stream.read(100) == b"lo"
        assert await stream.read(100) == b""
        assert await stream.read(100) == b""


async def test_no_more_is_read_ahead_than_the_buffer_holds() -> None:
    sent = bytes(range(256)) * 8_000

    async def floods(connection: Connection) -> None:
        for at in range(0, len(sent), 4096):
            await connection.send(sent[at : at + 4096])
        connection.close()

    async with FaultServer(on_connect=floods, send_buffer=4096) as server, connected(server, 1000) as stream:
        connection = await first_connection(server)
        assert await wait_until_stable(lambda: connection.bytes_sent) < len(sent)
        receive_buffer = receive_buffer_of(stream)
        assert receive_buffer._end - receive_buffer._start == len(receive_buffer._buffer) == 1000

        assert await stream.read(1) == sent[:1]
        assert await read_all(stream) == sent[1:]
        assert len(receive_buffer._buffer) == 1000


async def test_bytes_before_a_reset_are_read_before_it_is_raised() -> None:
    async def sends(connection: Connection) -> None:
        await connection.send(b"last words")

    async with FaultServer(on_connect=sends) as server, connected(server) as stream:
        await eventually(lambda: receive_buffer_of(stream).is_readable())
        server.connections[0].reset()
        await eventually(lambda: receive_buffer_of(stream).at_end)

        assert await stream.read(4) == b"last"
        assert await stream.read(100) == b" words"
        for _ in range(2):
            with pytest.raises(ConnectionLost, match="the connection was reset"):
                await stream.read(100)


async def test_cancelled_read_loses_nothing() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        reading = asyncio.create_task(stream.read(10))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await (await first_connection(server)).send(b"late")

        assert await stream.read(10) == b"late"


async def test_two_simultaneous_arrivals_wake_the_reader_once() -> None:
    receive_buffer = ReceiveBuffer(10)
    reading = asyncio.create_task(receive_buffer.read(10))
    await asyncio.sleep(0)
    for letter in b"ab":
        receive_buffer.get_buffer(-1)[0] = letter
        receive_buffer.buffer_updated(1)

    assert await reading == b"ab"


class PausedTransport(asyncio.Transport):
    """Records calls. Like the Windows event loop, a test may deliver bytes while it is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")


async def test_bytes_delivered_while_paused_are_kept() -> None:
    receive_buffer = ReceiveBuffer(4)
    transport = PausedTransport()
    receive_buffer.connection_made(transport)
    for piece in (b"1234", b"5678", b"9"):
        receive_buffer.get_buffer(-1)[: len(piece)] = piece
        receive_buffer.buffer_updated(len(piece))

    assert transport.calls == ["pause", "pause"]
    assert await receive_buffer.read(100) == b"123456789"
    assert transport.calls == ["pause", "pause", "resume"]


# Writing


async def test_blocked_write_can_be_cancelled() -> None:
    async def stops_reading(connection: Connection) -> None:
        connection.stop_reading()
        await connection.closed_by_client()

    async with FaultServer(on_connect=stops_reading) as server, connected(server) as stream:
        await eventually(lambda: bool(server.connections))
        writing = asyncio.create_task(stream.write(bytes(50_000_000)))
        await eventually(lambda: receive_buffer_of(stream)._writable is not None)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await stream.aclose()
        assert receive_buffer_of(stream).at_end


async def test_blocked_write_continues_when_the_server_reads() -> None:
    async with FaultServer(on_connect=waits_for_close) as server, connected(server) as stream:
        connection = await first_connection(server)
        await stream.write(bytes(20_000_000))
        await eventually(lambda: len(connection.buffered) == 20_000_000)


async def test_reset_during_a_blocked_write_is_an_error() -> None:
    async def stops_reading_then_resets(connection: Connection) -> None:
        connection.stop_reading()
        await reset.wait()
        connection.reset()

    reset = asyncio.Event()
    async with FaultServer(on_connect=stops_reading_then_resets) as server, connected(server) as stream:
        await eventually(lambda: bool(server.connections))
        writing = asyncio.create_task(stream.write(bytes(50_000_000)))
        await eventually(lambda: receive_buffer_of(stream)._writable is not None)
        reset.set()
        with pytest.raises(ConnectionLost, match="the connection was reset"):
            await writing
