"""Fixtures of the Markdown tests."""

from __future__ import annotations

import pytest

from tui.ui.markdown import code


@pytest.fixture(autouse=True)
def unlimited_highlighting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give highlighting so much time that the result does not depend on the speed of the machine."""
    monkeypatch.setattr(code, "MAX_SECONDS", 60.0)
