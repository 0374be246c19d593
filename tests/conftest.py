"""Fixtures for tests of all packages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fault_server import FaultServer, Script, StartServer
from tests.program import Program
from tui.demo.server import DemoServer


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    """The demo server, running."""
    async with DemoServer() as server:
        yield server


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    """Starts fault servers. They are stopped at the end of the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*scripts: Script) -> FaultServer:
            return await stack.enter_async_context(FaultServer(*scripts))

        yield start


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program, without a config file."""
    return Program(tmp_path)


@pytest.fixture(autouse=True)
def _no_system_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the clipboard of the machine alone: over SSH, the app does not use it."""
    monkeypatch.setenv("SSH_CONNECTION", "remote")
