"""Fixtures for tests of all packages."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest
from hypothesis import settings

from tests.fault_server import FaultServer, Script, StartServer
from tests.program import Program
from tui.demo.server import DemoServer

if TYPE_CHECKING:
    from tests.terminal import StartTerminal, Terminal

TESTS = Path(__file__).parent

# Without byte code, each of hundreds of processes compiles all of llm-tui, and each worker all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

COVERED = ("wire", "providers", "session")
"""Packages for which `.ci/run` requires full coverage by the tests in the folders of the same names."""


MAX_ID_CHARS = 60
"""Characters of a test parameter that are shown in the name of the test."""


def pytest_configure() -> None:
    """Restore SIGINT for subprocesses: shells ignore it for background jobs. No test fails for being slow."""
    # Hundreds of apps are created in one process. Collecting their garbage as often as by default takes a fifth.
    gc.set_threshold(100_000, 50, 100)
    # The same examples in every run: an unrelated change must not fail because of a new counterexample.
    settings.register_profile("same examples", deadline=None, derandomize=True)
    settings.register_profile("new examples", deadline=None)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same examples"))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Shorten long texts to their beginning and length. Some have a million characters."""
    if isinstance(val, str) and len(val) > MAX_ID_CHARS:
        return f"{val[:MAX_ID_CHARS]}… {len(val)}"
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """The number of workers of `-n auto`: 0 for a single file, because starting workers would take longer.

    Otherwise the number of cores plus two, because screen tests spend half of their time waiting.
    """
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    is_single = len(config.args) == 1 and ".py" in config.args[0]
    return 0 if is_single else (os.cpu_count() or 1) + 2


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage only in the tests of the covered packages.

    Tracing would double the time of the other tests, and a line that a screen test happens to run is not tested by it.
    """
    if any(item.path.is_relative_to(TESTS / package) for package in COVERED):
        return (yield)
    # A worker of pytest-xdist has two nested measurements. Stopping the inner one resumes the outer one.
    stopped: list[coverage.Coverage] = []
    while (measurement := coverage.Coverage.current()) is not None:
        measurement.stop()
        stopped.append(measurement)
    try:
        return (yield)
    finally:
        for measurement in reversed(stopped):
            measurement.start()


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


@pytest.fixture
async def start_terminal(program: Program, start_server: StartServer) -> AsyncIterator[StartTerminal]:
    """Starts the program on pseudo-terminals. It is killed at the end of the test, before the servers stop."""
    # Windows has no pseudo-terminals.
    from tests.terminal import on_terminal, ready

    async with contextlib.AsyncExitStack() as stack:

        async def start(
            *arguments: str, size: tuple[int, int] = (80, 24), typed: str = "", wait: bool = True
        ) -> Terminal:
            terminal = await stack.enter_async_context(on_terminal(program, *arguments, size=size, typed=typed))
            if wait:
                await ready(terminal)
            return terminal

        yield start


@pytest.fixture(autouse=True)
def _no_system_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the clipboard of the machine alone: over SSH, the app does not use it."""
    monkeypatch.setenv("SSH_CONNECTION", "remote")
