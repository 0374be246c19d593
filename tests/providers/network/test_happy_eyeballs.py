"""Tests of connect_first, through SocketStream."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from tests.fault_server import FaultServer, eventually, no_leaked_tasks, refused_port
from tests.providers.network.connections import HOST, waits_for_close
from tui.providers.network import happy_eyeballs
from tui.providers.network.connection_errors import ConnectFailed
from tui.providers.network.receive_buffer import ReceiveBuffer
from tui.providers.network.resolver import Address
from tui.providers.network.socket_stream import SocketStream


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Make every name resolve to these addresses."""

    def look_up(host: str, port: int, **_: object) -> list[Any]:
        families = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(families[":" in address[0]], socket.SOCK_STREAM, 0, "", address) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def test_next_address_is_sockets_after_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(on_connect=waits_for_close) as server:
        with refused_port() as port:
            resolve_to(monkeypatch, (HOST, port), ("::1", port), (HOST, server.port))
            async with no_leaked_tasks():
                stream = await SocketStream.connect("a.name", 0, 10)
                await stream.aclose()


async def test_error_names_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused_port() as port:
        resolve_to(monkeypatch, (HOST, port), ("127.0.0.2", port))
        with pytest.raises(ConnectFailed) as raised:
            await SocketStream.connect("a.name", 0, 10)

    assert str(raised.value) == "connection refused (tried 127.0.0.1, 127.0.0.2)"


async def test_slow_address_does_not_delay_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    real_connect = happy_eyeballs._connect
    cancelled = asyncio.Event()

    async def connect(address: Address, read_bytes: int) -> Any:
        if address[1][0] != "127.0.0.2":
            return await real_connect(address, read_bytes)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()

    monkeypatch.setattr(happy_eyeballs, "_connect", connect)
    monkeypatch.setattr(happy_eyeballs, "_ATTEMPT_DELAY_S", 0.01)
    async with FaultServer(on_connect=waits_for_close) as server:
        resolve_to(monkeypatch, ("127.0.0.2", 1), (HOST, server.port))
        async with no_leaked_tasks():
            stream = await SocketStream.connect("a.name", 0, 10)
            assert cancelled.is_set()
            await stream.aclose()


async def test_slow_address_can_still_win(monkeypatch: pytest.MonkeyPatch) -> None:
    real_connect = happy_eyeballs._connect
    other_refused = asyncio.Event()

    async def connect(address: Address, read_bytes: int) -> Any:
        if address[1][0] == "127.0.0.2":
            other_refused.set()
            raise ConnectionRefusedError
        await other_refused.wait()
        return await real_connect(address, read_bytes)

    monkeypatch.setattr(happy_eyeballs, "_connect", connect)
    monkeypatch.setattr(happy_eyeballs, "_ATTEMPT_DELAY_S", 0.01)
    async with FaultServer(on_connect=waits_for_close) as server:
        resolve_to(monkeypatch, (HOST, server.port), ("127.0.0.2", 1))
        stream = await SocketStream.connect("a.name", 0, 10)
        await stream.aclose()


async def test_simultaneous_second_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    both_connected = asyncio.Event()

    async with FaultServer(on_connect=waits_for_close) as server:
        connections = [await happy_eyeballs._connect((socket.AF_INET, (HOST, server.port)), 10) for _ in range(2)]
        remaining = list(connections)

        async def connect(*_: object) -> tuple[asyncio.Transport, ReceiveBuffer]:
            connection = remaining.pop()
            if not remaining:
                both_connected.set()
            await both_connected.wait()
            return connection

        monkeypatch.setattr(happy_eyeballs, "_connect", connect)
        monkeypatch.setattr(happy_eyeballs, "_ATTEMPT_DELAY_S", 0)
        resolve_to(monkeypatch, (HOST, 1), (HOST, 2))
        stream = await SocketStream.connect("a.name", 0, 10)
        await eventually(lambda: server.open_connections == 1)
        await stream.aclose()
        await server.wait_until_disconnected()


async def test_cancelled_attempt_closes_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []

    async def never_connects(sock: socket.socket, address: object) -> None:
        sockets.append(sock)
        await loop.create_future()

    monkeypatch.setattr(loop, "sock_connect", never_connects)
    async with no_leaked_tasks():
        connecting = asyncio.create_task(SocketStream.connect(HOST, 9, 10))
        await eventually(lambda: bool(sockets))
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
    assert sockets[0].fileno() == -1
