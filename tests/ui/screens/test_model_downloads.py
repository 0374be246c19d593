"""Downloads in the app: behind the screen, in the sidebar, stopped, continued, failed, and at the end."""

from __future__ import annotations

import asyncio

import pytest

from tests.fake_ollama import FakeOllama, Layer
from tests.fault_server import FaultServer, Request, StartServer, eventually
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.ui.screens.model_forms import PullScreen
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.widgets.job_lines import JobLines


@pytest.fixture
def ollama() -> FakeOllama:
    """A server with one model, and two more to download, as slowly as the test wants."""
    return FakeOllama(
        shown={"old:1b": {"capabilities": ["completion"]}},
        catalogue={
            "new:1b": [Layer("sha256:" + "a" * 64, 10_000)],
            "big:1b": [Layer("sha256:" + "b" * 64, 10_000)],
        },
        steps=asyncio.Semaphore(0),
    )


@pytest.fixture
async def server(ollama: FakeOllama, start_server: StartServer) -> FaultServer:
    """The server, running."""
    return await start_server(ollama.serve)


@pytest.fixture
async def app(program: Program, server: FaultServer, start_app: StartApp) -> RunningApp:
    """The app, with that server."""
    program.use_server(server.url)
    app = await start_app(model="old:1b")
    await app.until(lambda: app.header.model == "old:1b")
    return app


def pulls(server: FaultServer) -> list[Request]:
    """The downloads that were asked for."""
    return [request for request in server.requests if request.target == "/api/pull"]


def job_lines(app: RunningApp) -> list[str]:
    """What the sidebar shows of downloads, without the blanks."""
    text = str(app.chat.query_one(JobLines).render())
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


async def pull(app: RunningApp, name: str) -> ModelPicker:
    """Ask for a download in the picker."""
    await app.press("f4")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and app.screen.listed)
    picker = app.screen
    assert isinstance(picker, ModelPicker)
    await app.press("alt+p")
    await app.until(lambda: isinstance(app.screen, PullScreen))
    await app.type(name)
    await app.press("enter")
    await app.until(lambda: app.screen is picker)
    return picker


async def test_download_goes_on_behind_the_chat_and_shows_in_the_sidebar(app: RunningApp, ollama: FakeOllama) -> None:
    await pull(app, "new:1b")
    ollama.allow_steps(4)
    await app.until(lambda: job_lines(app) == ["» new:1b pull 40%"])
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    ollama.allow_steps(3)
    await app.until(lambda: job_lines(app) == ["» new:1b pull 70%"])
    # A click opens the list of models, with the download in it.
    await app.pilot.click(JobLines)
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.press("escape")
    ollama.allow_steps(3)
    await app.until(lambda: app.has_notice("Downloaded new:1b."))
    assert job_lines(app) == []
    assert "new:1b" in ollama.shown


async def test_stopped_download_continues_where_it_was(
    app: RunningApp, ollama: FakeOllama, server: FaultServer
) -> None:
    picker = await pull(app, "new:1b")
    ollama.allow_steps(6)
    await app.until(lambda: job_lines(app) == ["» new:1b pull 60%"])
    assert picker.cursor is not None
    assert picker.cursor.target.model == "new:1b"
    await app.press("alt+c")
    await app.until(lambda: job_lines(app) == ["◦ new:1b stopped"])
    await eventually(pulls(server)[0].disconnected.is_set)
    await app.press("alt+p")
    await eventually(lambda: len(pulls(server)) == 2)
    ollama.allow_steps(6)
    await app.until(lambda: app.has_notice("Downloaded new:1b."))
    # Nothing was downloaded twice.
    assert ollama.disk_bytes == (1 << 50) - 10_000


async def test_failed_download_stays_visible(app: RunningApp, ollama: FakeOllama) -> None:
    ollama.disk_bytes = 2_500
    await pull(app, "new:1b")
    ollama.allow_steps(3)
    await app.until(lambda: job_lines(app) == ["✗ new:1b failed"])
    assert app.has_notice("no space left on device")
    await app.press("alt+c")
    await app.until(lambda: job_lines(app) == [])


async def test_cursor_stays_on_a_model_whose_download_ends(app: RunningApp, ollama: FakeOllama) -> None:
    ollama.shown["a:1b"] = ollama.shown["old:1b"]
    picker = await pull(app, "new:1b")
    await app.until(lambda: picker.cursor is not None and picker.cursor.target.model == "new:1b")
    assert picker.cursor is not None
    assert not picker.cursor.can_be_used
    ollama.allow_steps(10)
    await app.until(lambda: any(target.model == "new:1b" for target in picker.listed) and not job_lines(app))
    await app.until(lambda: picker.cursor is not None and picker.cursor.target.model == "new:1b")
    assert picker.cursor.can_be_used


async def test_two_downloads_run_at_once(app: RunningApp, ollama: FakeOllama) -> None:
    await pull(app, "new:1b")
    await app.press("escape")
    await pull(app, "big:1b")
    await eventually(lambda: ollama.pulls == 2)
    ollama.allow_steps(20)
    await app.until(lambda: {"new:1b", "big:1b"} <= ollama.shown.keys())


async def test_quitting_closes_the_connection_of_a_download(
    app: RunningApp, ollama: FakeOllama, server: FaultServer
) -> None:
    await pull(app, "new:1b")
    ollama.allow_steps(2)
    await app.until(lambda: job_lines(app) == ["» new:1b pull 20%"])
    await app.press("escape", "ctrl+q")
    await app.close()
    await eventually(pulls(server)[0].disconnected.is_set)
    assert ollama.catalogue["new:1b"][0].done == 2_000


async def test_opening_and_using_the_picker_loads_no_model(
    program: Program, ollama: FakeOllama, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(ollama.serve)
    program.use_server(server.url)
    app = await start_app(model="old:1b")
    await app.press("f4")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and app.screen.listed)
    await app.type("old")
    await app.press("down", "alt+i")
    await app.until(lambda: any(request.target == "/api/show" for request in server.requests))
    await app.press("escape", "escape")
    await app.type("/model ")
    await app.press("escape")
    assert ollama.running == {}
    asked = {(request.method, request.target) for request in server.requests}
    assert asked <= {
        ("GET", "/api/version"),
        ("GET", "/api/tags"),
        ("GET", "/api/ps"),
        ("POST", "/api/show"),
    }
