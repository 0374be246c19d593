"""httpx is imported without the command line that it has where click is installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from tests.loading import loaded_by
from tui.providers.network import http_library


def test_click_is_left_out_and_can_be_imported_afterwards() -> None:
    assert importlib.util.find_spec("click") is not None, "needed here: otherwise there is nothing to leave out"
    loaded = loaded_by("from tui.providers.registry import load_provider\nload_provider('ollama')")
    assert "httpx" in loaded
    assert {"click", "rich", "pygments"} & loaded == set()
    code = "from tui.providers.registry import load_provider\nload_provider('openai')\nimport click, httpx"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_click_that_is_imported_already_stays() -> None:
    loaded = loaded_by("import click\nfrom tui.providers.registry import load_provider\nload_provider('ollama')")
    assert {"click", "httpx"} <= loaded


def test_click_is_hidden_only_while_httpx_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, object]] = []
    monkeypatch.delitem(sys.modules, "httpx", raising=False)
    monkeypatch.delitem(sys.modules, "click", raising=False)
    monkeypatch.setattr(http_library, "import_module", lambda name: seen.append((name, sys.modules["click"])))
    http_library.load_http_library()
    assert seen == [("httpx", None)]
    assert "click" not in sys.modules
