from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

WriteConfig = Callable[[str], Path]


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Writes a config file and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_bytes(text.encode())
        return path

    return write
