"""Tests of resolve, through SocketStream."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from tests.fault_server import eventually, no_leaked_tasks
from tui.providers.network.connection_errors import ConnectFailed
from tui.providers.network.socket_stream import SocketStream


async def test_unknown_name_is_reported_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(ConnectFailed, match=r"the name nas cannot be resolved \(Name or service not known\)"):
        await SocketStream.connect("nas", 80, 10)


@pytest.mark.parametrize("name", ["a..b", f"{'x' * 64}.org"])
async def test_invalid_name_is_refused_without_a_lookup(name: str) -> None:
    with pytest.raises(ConnectFailed, match="not a valid host name"):
        await SocketStream.connect(name, 80, 10)


class SlowNameServer:
    """A fake DNS that answers when the test tells it to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = threading.Event()
        self._may_answer = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, *_: object, **__: object) -> list[Any]:
        self.asked.set()
        assert self._may_answer.wait(10)
        return []

    def answer(self) -> None:
        """Answer, and wait until the resolver's thread has ended."""
        self._may_answer.set()
        for thread in threading.enumerate():
            if thread.name == "resolve slow.example":
                thread.join()


async def test_lookup_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    name_server = SlowNameServer(monkeypatch)
    async with no_leaked_tasks():
        connecting = asyncio.create_task(SocketStream.connect("slow.example", 80, 10))
        await eventually(name_server.asked.is_set)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
    name_server.answer()
    await asyncio.sleep(0)


def test_answer_after_the_loop_closed_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    name_server = SlowNameServer(monkeypatch)

    async def start_and_cancel() -> None:
        connecting = asyncio.create_task(SocketStream.connect("slow.example", 80, 10))
        await eventually(name_server.asked.is_set)
        connecting.cancel()

    asyncio.run(start_and_cancel())
    name_server.answer()
