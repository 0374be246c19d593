"""What the tests of the providers share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.providers.fake_clock import FakeClock


@pytest.fixture
async def time() -> AsyncIterator[FakeClock]:
    """The clock of the loop, to be put forward."""
    passing = FakeClock()
    yield passing
    passing.stop()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy but those that a test names."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
