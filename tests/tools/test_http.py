"""Tool servers over streamable HTTP: the SDK's own, in a process of its own; and servers that answer something else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.fault_server import JSON, FaultServer, refused_port, replies
from tests.tools.conftest import LIMITS, Record, faster
from tui.chat.tool_servers import Elicitation, ElicitationAnswer
from tui.tools.options import ConnectionMode, ServerOptions, ToolLimits, ToolServerConfig
from tui.tools.servers import ToolServers

HTTP_SERVER = Path(__file__).with_name("http_server.py")


class HTTPServer:
    """The server's process, which can be started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/mcp"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(HTTP_SERVER),
            str(self._port),
            str(self._folder),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"listening\n"

    async def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def over_http(url: str, mode: ConnectionMode = "auto", limits: ToolLimits = LIMITS) -> ToolServers:
    options = ServerOptions("web", url=url, headers={"X-Key": "abc"}, mode=mode)
    return ToolServers(ToolServerConfig({"web": options}, limits))


@pytest.fixture
async def http_server(tmp_path: Path) -> AsyncIterator[HTTPServer]:
    server = HTTPServer(tmp_path)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture(params=["auto", "legacy"])
async def web(request: pytest.FixtureRequest, http_server: HTTPServer) -> AsyncIterator[ToolServers]:
    """A server with the newest protocol version, and with an older one."""
    servers = over_http(http_server.url, request.param)
    yield servers
    await servers.aclose()


async def test_calls_tools_with_the_headers_of_the_config(web: ToolServers) -> None:
    names = [spec.name for spec in await web.specs()]

    assert "echo" in names
    assert web.state("web").version in ("2026-07-28", "2025-11-25")
    assert (await web.call("web", "echo", {"text": "hi"})).text == "hi"
    assert (await web.call("web", "header", {"name": "x-key"})).text == "abc"


async def test_question_is_answered(web: ToolServers) -> None:
    async def answer(question: Elicitation) -> ElicitationAnswer:
        assert question.message == "Your name?"
        return ElicitationAnswer("accept", {"name": "Ada"})

    web.on_elicitation = answer

    assert (await web.call("web", "greet", {})).text == "Hello, Ada"


async def test_result_larger_than_the_sdk_allows_is_read(web: ToolServers) -> None:
    result = await web.call("web", "big", {"size": 3_000_000})

    assert not result.is_error
    assert "of 3,000,000 characters" in result.text


async def test_too_large_result_is_refused_and_the_server_stays_usable(web: ToolServers) -> None:
    result = await web.call("web", "big", {"size": 9_000_000})

    assert result.is_error
    assert "8388608" in result.text
    assert (await web.call("web", "echo", {"text": "hi"})).text == "hi"


async def test_cancelled_call_is_cancelled_on_the_server(web: ToolServers, tmp_path: Path) -> None:
    record = Record(tmp_path)
    call = asyncio.create_task(web.call("web", "wait", {}))
    await record.wait_for("waiting")

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    await record.wait_for("cancelled")


async def test_changed_tools_are_announced(http_server: HTTPServer) -> None:
    servers = over_http(http_server.url)
    assert "grown" not in {spec.name for spec in await servers.specs()}
    changed = asyncio.Event()
    servers.on_changed = lambda _: changed.set()

    await servers.call("web", "grow", {})

    await changed.wait()
    assert "grown" in {spec.name for spec in await servers.specs()}
    await servers.aclose()


async def test_server_that_was_started_anew_is_used_again(web: ToolServers, http_server: HTTPServer) -> None:
    await web.specs()
    await http_server.kill()
    await http_server.start()

    assert (await web.call("web", "echo", {"text": "hi"})).text == "hi"


async def test_server_that_is_down_is_found_again(web: ToolServers, http_server: HTTPServer) -> None:
    await web.specs()
    await http_server.kill()
    assert (await web.call("web", "echo", {"text": "hi"})).is_error

    assert await web.specs() == ()
    assert web.state("web").status == "failed"
    assert "All connection attempts failed" in web.state("web").reason

    await http_server.start()
    assert await web.specs()


async def test_nothing_listens_at_the_address() -> None:
    with refused_port() as port:
        servers = over_http(f"http://user:secret@127.0.0.1:{port}/mcp?key=secret")
        assert await servers.specs() == ()

    reason = f"The tool server web cannot be reached at 127.0.0.1:{port}: All connection attempts failed."
    assert servers.state("web").reason == reason
    assert servers.state("web").hint == "Check that it runs, and its address."


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b"who?", "refused us with the HTTP status 401."),
        (500, b"oops", "it answered with the HTTP status 500"),
        (200, b"<html>", "Failed to parse JSON response"),
        (200, b'"' + b"x" * 200_000 + b'"', "The server sent more than 100000 bytes"),
    ],
    ids=["unauthorized", "error", "page", "large"],
)
async def test_other_servers_are_refused_with_a_reason(status: int, body: bytes, reason: str) -> None:
    async with FaultServer(*[replies(status, body, JSON)] * 5) as server:
        servers = over_http(f"{server.url}/mcp", limits=faster(message_bytes=100_000))
        assert await servers.specs() == ()
        await servers.aclose()

    assert reason in servers.state("web").reason


async def test_compressed_response_is_refused() -> None:
    async with FaultServer(*[replies(200, b"x", JSON, {"content-encoding": "gzip"})] * 5) as server:
        servers = over_http(f"{server.url}/mcp")
        assert await servers.specs() == ()
        await servers.aclose()

    assert "compressed its response (gzip)" in servers.state("web").reason


async def test_secrets_of_the_address_are_in_no_reason(capfd: pytest.CaptureFixture[str]) -> None:
    make: Callable[[int], str] = lambda port: f"http://me:pa55@127.0.0.1:{port}/mcp?key=pa55"  # noqa: E731
    with refused_port() as port:
        servers = over_http(make(port))
        await servers.specs()

    assert "pa55" not in repr(servers.states)
    assert capfd.readouterr() == ("", "")
