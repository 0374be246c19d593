"""Fixtures that run the app."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fault_server import StartServer
from tests.program import Program
from tests.ui.programs import Programs
from tests.ui.running import AppStarter, RunningApp, StartApp
from tui.demo.server import DemoServer


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dark terminal with all colours, whatever the tests themselves run in."""
    for name in ("NO_COLOR", "COLORFGBG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture(autouse=True)
def _no_servers_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first start looks for no servers of the machine that the tests run on."""
    monkeypatch.setattr("tui.providers.discovery.LOCAL_PORTS", ())
    monkeypatch.setenv("LMS_API_SERVER_INFO_PATH", "/no/such/file")


@pytest.fixture
async def start_app(program: Program, start_server: StartServer) -> AsyncIterator[StartApp]:
    """Starts the app with the config of `program`. Closed at the end of the test, before the servers."""
    async with contextlib.aclosing(AppStarter(program)) as start:
        yield start


@pytest.fixture
async def app(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app, connected to the demo server, whose model `echo` repeats every prompt."""
    program.use_server(demo.url)
    return await start_app(model="echo")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """An empty folder of programs, and an environment with a screen."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for name in ("SSH_CONNECTION", "SSH_TTY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":7")
    # The stand-ins may start slowly.
    monkeypatch.setattr("tui.ui.clipboard_picture._TIMEOUT_S", 60.0)
    monkeypatch.setattr("tui.ui.system_viewer._WAIT_S", 60.0)
    return Programs(folder)
