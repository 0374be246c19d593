"""`llm-tui serve`, run as a process and opened in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.chromium import CHROMIUM, page_at
from tests.program import Program
from tui.commands.serve import is_loopback
from tui.store.conversations import ConversationStore


@contextlib.asynccontextmanager
async def serving(program: Program, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The running server, and its address."""
    process = await program.start("serve", "--port", "0", *arguments)
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    try:
        yield process, address
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.communicate()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_chat_in_a_browser_answers_and_is_saved(program: Program, tmp_path: Path) -> None:
    async with serving(program, "--provider", "demo", "--model", "echo") as (_, address):
        async with page_at(address, tmp_path / "browser") as page:
            while not await page.value_of("document.body?.classList.contains('-first-byte')"):
                await asyncio.sleep(0.1)
            # Without a click.
            await page.type("hello from a browser\r")
            store = ConversationStore(program.data)
            while not (found := store.recent(1)) or found[0].outcome != "complete":
                await asyncio.sleep(0.1)
            answer = store.load(found[0].id).path[-1]
            store.close()
            picture = await page.picture()
            # The first change of the size fits the terminal into the window.
            size = {"width": 600, "height": 500, "deviceScaleFactor": 1, "mobile": False}
            columns = await page.value_of("document.querySelector('.xterm-screen').clientWidth")
            await page.call("Emulation.setDeviceMetricsOverride", **size)
            while await page.value_of("document.querySelector('.xterm-screen').clientWidth") == columns:
                await asyncio.sleep(0.1)
            bottom = await page.value_of("document.querySelector('.xterm-screen').getBoundingClientRect().bottom")
            assert 400 < bottom <= 500
        assert (answer.role, answer.content) == ("assistant", "hello from a browser")
        assert picture.startswith(b"\x89PNG")
        elsewhere = [each for each in page.requested if not each.startswith((address, "data:"))]
        assert elsewhere == []


async def test_other_pages_and_names_are_refused(program: Program) -> None:
    async with serving(program) as (process, address), aiohttp.ClientSession() as client:
        assert address.startswith("http://127.0.0.1:")
        port = address.rstrip("/").rpartition(":")[2]
        for path, headers, status in (
            ("", {}, 200),
            ("", {"Host": f"localhost:{port}"}, 200),
            ("", {"Host": "evil.example"}, 403),
            ("", {"Host": f"evil.example:{port}"}, 403),
            ("ws", {"Origin": "http://evil.example"}, 403),
            ("ws", {"Origin": "null"}, 403),
            ("ws", {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"}, 403),
            ("ws", {"Origin": f"http://localhost:{int(port) - 1}"}, 403),
        ):
            async with client.get(f"{address}{path}", headers=headers) as answer:
                assert (answer.status, path, headers) == (status, path, headers)
        async with client.get(f"{address}?fontsize=999") as answer:
            assert 'data-font-size="40"' in await answer.text()
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130


async def test_other_hosts_need_consent(program: Program) -> None:
    refused = await program.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert (refused.code, refused.out) == (2, "")
    assert "Whoever reaches 0.0.0.0 could use llm-tui and read everything." in refused.err
    async with serving(program, "--host", "0.0.0.0", "--allow-remote") as (process, address):
        assert address.startswith("http://0.0.0.0:")
        assert process.stderr is not None
        assert b"can use llm-tui and read everything" in await process.stderr.readline()


async def test_port_in_use_and_broken_config_are_bad_usage(program: Program) -> None:
    async with serving(program) as (_, address):
        taken = await program.run("serve", "--port", address.rstrip("/").rpartition(":")[2])
    assert (taken.code, taken.out) == (2, "")
    assert "the port is in use" in taken.err
    program.configure("provider = [")
    assert (await program.run("serve", "--port", "0")).code == 2


async def test_missing_extra_is_named(program: Program, tmp_path: Path) -> None:
    (tmp_path / "textual_serve.py").write_text("raise ImportError('not installed')\n")
    result = await program.run("serve", PYTHONPATH=f"{tmp_path}{os.pathsep}{Path.cwd()}")
    assert (result.code, result.out) == (2, "")
    assert "pip install 'llm-tui[web]'" in result.err


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((host, True) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.1.5", "", "localhost.evil.example")),
    ],
)
def test_loopback_hosts_are_recognised(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
