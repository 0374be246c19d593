"""The tool servers of a runtime."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.loading import loaded_by
from tests.tools.conftest import STDIO_SERVER, processes_marked
from tui.config.load import load
from tui.errors import StoreError
from tui.runtime import Runtime
from tui.runtime.tool_config import tool_server_config


def runtime_with(tmp_path: Path, text: str, data_folder: Path | None = None) -> Runtime:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return Runtime(load(path, {}), {}, data_folder)


def one_server(tmp_path: Path, more: str = "") -> str:
    command = f"['{sys.executable}', '{STDIO_SERVER}', '{tmp_path}']"
    return f"[mcp.test]\ncommand = {command}\nmode = 'legacy'\n{more}"


def test_settings_become_options(tmp_path: Path) -> None:
    text = """
[tools]
timeout = 5
[mcp.a]
command = ["x", "y"]
env = { KEY = "k" }
[mcp.b]
url = "http://b"
headers = { X = "h" }
mode = "legacy"
[mcp.c]
command = ["x"]
enabled = false
"""
    config = tool_server_config(runtime_with(tmp_path, text).settings, tmp_path)

    assert list(config.servers) == ["a", "b"]
    assert (config.servers["a"].command, config.servers["a"].env) == (("x", "y"), {"KEY": "k"})
    assert (config.servers["b"].url, config.servers["b"].headers) == ("http://b", {"X": "h"})
    assert (config.servers["a"].mode, config.servers["b"].mode) == ("auto", "legacy")
    assert config.limits.call_s == 5.0
    assert config.log_folder == tmp_path / "tool-servers"


async def test_closing_ends_servers_that_were_used(tmp_path: Path) -> None:
    runtime = runtime_with(tmp_path, one_server(tmp_path))
    assert runtime.has_tool_servers
    assert await runtime.tool_servers.specs()

    await runtime.aclose()

    assert processes_marked(str(tmp_path)) == {}


async def test_servers_are_closed_although_another_part_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = runtime_with(tmp_path, one_server(tmp_path))
    await runtime.tool_servers.specs()

    async def fail() -> None:
        raise StoreError("no")

    monkeypatch.setattr(runtime._probes, "aclose", fail)
    with pytest.raises(StoreError):
        await runtime.aclose()

    assert processes_marked(str(tmp_path)) == {}


async def test_allowing_a_tool_does_not_restart_its_server(tmp_path: Path) -> None:
    runtime = runtime_with(tmp_path, one_server(tmp_path))
    await runtime.tool_servers.specs()
    before = processes_marked(str(tmp_path))

    await runtime.change_settings({"mcp.test.allow": ["echo"]})

    assert runtime.settings.mcp["test"].allow == ("echo",)
    assert (await runtime.tool_servers.call("test", "echo", {"text": "hi"})).text == "hi"
    assert processes_marked(str(tmp_path)) == before
    await runtime.change_settings({"mcp.test.enabled": False})
    assert not runtime.tool_servers.names
    assert processes_marked(str(tmp_path)) == {}
    await runtime.aclose()


def test_nothing_of_tools_is_imported_before_they_are_used(tmp_path: Path) -> None:
    runtime_with(tmp_path, one_server(tmp_path))
    loaded = loaded_by(
        "import asyncio, pathlib, tui.commands.bootstrap, tui.ui.app\n"
        "from tui.config.load import load\n"
        "from tui.runtime import Runtime\n"
        f"runtime = Runtime(load(pathlib.Path({str(tmp_path / 'config.toml')!r}), {{}}), {{}})\n"
        "assert runtime.has_tool_servers\n"
        "asyncio.run(runtime.aclose())"
    )

    assert "tui.runtime.tool_config" in loaded
    assert {name for name in loaded if name.partition(".")[0] in ("mcp", "pydantic", "anyio", "httpx2")} == set()
    assert {name for name in loaded if name.startswith("tui.tools")} == set()


def test_commands_without_tool_servers_import_none(tmp_path: Path) -> None:
    loaded = loaded_by(
        "import os, sys\n"
        f"os.environ['LLM_TUI_CONFIG'] = {str(tmp_path / 'none.toml')!r}\n"
        f"os.environ['LLM_TUI_DATA_DIR'] = {str(tmp_path / 'data')!r}\n"
        "from tui.cli import main\n"
        "sys.stdout = sys.stderr\n"
        "assert main(['ask', '--provider', 'demo', '--model', 'echo', 'hi']) == 0\n"
        "assert main(['doctor']) in (0, 1)\n"
        "sys.stdout = sys.__stdout__"
    )

    assert "httpx" in loaded
    assert {name for name in loaded if name.partition(".")[0] in ("mcp", "mcp_types", "pydantic", "httpx2")} == set()
    assert {name for name in loaded if name.startswith("tui.tools")} == set()
