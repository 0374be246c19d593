"""Connections of SocketBackend to fault servers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import httpcore

from tests.fault_server import Connection, FaultServer, eventually
from tui.providers.network.backend import SocketBackend, SocketStream
from tui.providers.network.receive_buffer import ReceiveBuffer

HOST = "127.0.0.1"


async def waits_for_close(connection: Connection) -> None:
    """A server that sends nothing."""
    await connection.closed_by_client()


@contextlib.asynccontextmanager
async def connected(server: FaultServer, read_bytes: int = 65_536) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    """An open connection to the server."""
    stream = await SocketBackend(read_bytes).connect_tcp(HOST, server.port)
    try:
        yield stream
    finally:
        await stream.aclose()


async def first_connection(server: FaultServer) -> Connection:
    """Wait for the server's side of the first connection."""
    await eventually(lambda: bool(server.connections))
    return server.connections[0]


def receive_buffer_of(stream: httpcore.AsyncNetworkStream) -> ReceiveBuffer:
    """The receive buffer of a connection."""
    assert isinstance(stream, SocketStream)
    return stream._receive_buffer


async def read_all(stream: httpcore.AsyncNetworkStream) -> bytes:
    """Read until the end of the stream."""
    pieces = []
    while piece := await stream.read(65_536):
        pieces.append(piece)
    return b"".join(pieces)
