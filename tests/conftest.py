"""What tests of every room use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.program import Program
from tui.demo.server import DemoServer


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    """The demo server, listening."""
    async with DemoServer() as server:
        yield server


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program, with nothing configured."""
    return Program(tmp_path)


@pytest.fixture(autouse=True)
def _nobodys_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests keeps what they have copied."""
    monkeypatch.setenv("SSH_CONNECTION", "far away")
