"""Fixtures for tests of providers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.providers.fake_clock import FakeClock


@pytest.fixture
async def time() -> AsyncIterator[FakeClock]:
    """A clock for the event loop that tests advance."""
    clock = FakeClock()
    yield clock
    clock.stop()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the proxies of the machine from the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
