"""Fixtures for tests of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.factories import store_in
from tui.store.conversations import ConversationStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    """A store in the temporary folder."""
    with store_in(tmp_path) as opened:
        yield opened
