"""A demo server for each test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tui.demo import answer_writer, models
from tui.demo.server import DemoServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server() -> AsyncIterator[DemoServer]:
    async with DemoServer() as server:
        yield server


@pytest.fixture
def full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model answers at full speed and loads immediately."""
    pace = answer_writer.Pace
    monkeypatch.setattr(answer_writer, "Pace", lambda rate, clock: pace(0, clock))
    monkeypatch.setattr(models, "MODELS", tuple(replace(model, load_s=0.0) for model in models.MODELS))
