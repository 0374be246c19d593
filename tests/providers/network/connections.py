"""Connections to fault servers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from tests.fault_server import Connection, FaultServer, eventually
from tui.providers.network.receive_buffer import ReceiveBuffer
from tui.providers.network.socket_stream import SocketStream

HOST = "127.0.0.1"


async def waits_for_close(connection: Connection) -> None:
    """A server that sends nothing."""
    await connection.closed_by_client()


@contextlib.asynccontextmanager
async def connected(server: FaultServer, read_bytes: int = 65_536) -> AsyncIterator[SocketStream]:
    """An open connection to the server."""
    stream = await SocketStream.connect(HOST, server.port, read_bytes)
    try:
        yield stream
    finally:
        await stream.aclose()


async def first_connection(server: FaultServer) -> Connection:
    """Wait for the server's side of the first connection."""
    await eventually(lambda: bool(server.connections))
    return server.connections[0]


def receive_buffer_of(stream: SocketStream) -> ReceiveBuffer:
    """The receive buffer of a connection."""
    return stream._receive_buffer


async def read_all(stream: SocketStream) -> bytes:
    """Read until the end of the stream."""
    pieces = []
    while piece := await stream.read(65_536):
        pieces.append(piece)
    return b"".join(pieces)
