"""The demo server on demand."""

from __future__ import annotations

import asyncio

import pytest

from tests.loading import loaded_by
from tui.runtime.demo_host import DemoHost


async def test_concurrent_calls_start_one_server() -> None:
    host = DemoHost()
    first, second = await asyncio.gather(host.url(), host.url())
    assert first == second
    await host.aclose()


async def test_closing_stops_the_server() -> None:
    host = DemoHost()
    address, port = (await host.url()).removeprefix("http://").split(":")
    await host.aclose()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(address, int(port))


async def test_closing_without_a_server_does_nothing() -> None:
    await DemoHost().aclose()


def test_server_is_not_imported_before_it_is_started() -> None:
    assert "tui.demo" not in loaded_by("from tui.runtime.demo_host import DemoHost\nDemoHost()")
