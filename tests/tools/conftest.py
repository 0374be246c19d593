"""Real tool servers for tests, and the proof that none is left."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from tui.tools.options import ConnectionMode, ServerOptions, ToolLimits, ToolServerConfig
from tui.tools.servers import ToolServers

STDIO_SERVER = Path(__file__).with_name("stdio_server.py")
LIMITS = ToolLimits(open_s=30.0, call_s=30.0)


def processes_marked(mark: str) -> dict[int, str]:
    """The processes with a text in their command lines."""
    # "ww" does not cut the lines.
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,stat=,args="], check=True, capture_output=True, text=True)
    found = {}
    for line in listed.stdout.splitlines():
        # A process that is about to end may have no command any more.
        process, state, command = (*line.split(maxsplit=2), "")[:3]
        if mark in command and not state.startswith("Z"):
            found[int(process)] = command
    return found


async def wait_until_gone(mark: str) -> None:
    """Wait until no marked process is left. The test's own time limit ends a wait in vain."""
    while processes_marked(mark):
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _no_process_is_left(tmp_path: Path) -> Iterator[None]:
    """Every server of a test, and all that it started, must have ended with the test."""
    yield
    left = processes_marked(str(tmp_path))
    for process in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert left == {}


class Record:
    """What the test's server has recorded."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "record"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._path.read_text().splitlines()] if self._path.exists() else []

    @property
    def starts(self) -> int:
        return sum("started" in event for event in self.events)

    def count(self, method: str) -> int:
        return sum(event.get("method") == method for event in self.events)

    async def wait_for(self, key: str) -> None:
        while not any(key in event for event in self.events):
            await asyncio.sleep(0.01)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path)


class MakeServers(Protocol):
    """Makes tool servers: one of the test's program, with faults."""

    def __call__(
        self,
        *faults: str,
        mode: ConnectionMode = "auto",
        limits: ToolLimits = LIMITS,
        more: Mapping[str, ServerOptions] | None = None,
        **env: str,
    ) -> ToolServers: ...


def stdio_options(folder: Path, *faults: str, mode: ConnectionMode = "auto", **env: str) -> ServerOptions:
    """The options of the test's program."""
    command = (sys.executable, "-I", str(STDIO_SERVER), str(folder))
    return ServerOptions("test", command, {"FAULTS": " ".join(faults), **env}, mode=mode)


@pytest.fixture
async def make_servers(tmp_path: Path) -> AsyncIterator[MakeServers]:
    """Makes tool servers, and closes them at the end of the test."""
    made: list[ToolServers] = []

    def make(
        *faults: str,
        mode: ConnectionMode = "auto",
        limits: ToolLimits = LIMITS,
        more: Mapping[str, ServerOptions] | None = None,
        **env: str,
    ) -> ToolServers:
        options = {"test": stdio_options(tmp_path, *faults, mode=mode, **env), **(more or {})}
        made.append(ToolServers(ToolServerConfig(options, limits, tmp_path / "logs")))
        return made[-1]

    yield make
    for servers in made:
        await servers.aclose()


def faster(**changed: Any) -> ToolLimits:
    """The limits of the tests, some changed."""
    return replace(LIMITS, **changed)
