"""Fixtures for tests of providers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import respx.mocks

from tests.providers.fake_clock import FakeClock
from tests.providers.mocked_transport import DirectTransportMocker


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


@pytest.fixture(autouse=True)
def respx_below_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let respx answer at our transport, which is not httpcore."""
    monkeypatch.setattr(respx.mocks, "DEFAULT_MOCKER", DirectTransportMocker.name)
