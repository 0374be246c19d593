"""Thinking in the app: Alt+T, /think, Alt+E, and what shows it."""

from __future__ import annotations

import asyncio
import json

from tests.fault_server import JSON, Connection, StartServer, replies
from tests.program import Program
from tests.ui.running import RunningApp, StartApp

VERSION = replies(200, b'{"version":"1"}', JSON)


class ThinkingServer:
    """An Ollama server whose model thinks. The answer goes on when the test lets it."""

    def __init__(self) -> None:
        self.values: list[object] = []
        """The value of `think` in each request."""
        self.resume = asyncio.Event()
        self.resume.set()

    async def __call__(self, connection: Connection) -> None:
        target = connection.request.target
        if target.endswith("/tags"):
            await replies(200, b'{"models":[{"name":"m","model":"m"}]}', JSON)(connection)
        elif target.endswith("/show"):
            await replies(200, b'{"capabilities":["completion","thinking"]}', JSON)(connection)
        elif target.endswith("/chat"):
            self.values.append(connection.request.json.get("think"))
            await connection.head(200)
            await connection.body(json.dumps({"message": {"thinking": "Hm"}}).encode() + b"\n")
            await self.resume.wait()
            await connection.body(b'{"message":{"content":"So"},"done":true,"done_reason":"stop"}\n')
            await connection.end()
        else:
            await VERSION(connection)


async def start(program: Program, start_server: StartServer, start_app: StartApp) -> tuple[RunningApp, ThinkingServer]:
    thinking = ThinkingServer()
    server = await start_server(thinking)
    program.use_server(server.url)
    return await start_app(model="m"), thinking


async def test_alt_t_switches_thinking_of_the_next_requests(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    app, server = await start(program, start_server, start_app)
    await app.ask_and_wait("one")
    await app.press("alt+t")
    await app.until(lambda: app.header.thinking == "off")
    await app.ask_and_wait("two")
    await app.press("alt+t")
    await app.until(lambda: app.header.thinking == "on")
    await app.ask_and_wait("three")
    assert server.values == [None, False, True]
    # It stands by its mark, not among the other options.
    assert app.header.settings == ""


async def test_thinking_is_saved_with_the_conversation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    app, server = await start(program, start_server, start_app)
    await app.ask("/think off")
    await app.until(lambda: app.header.thinking == "off")
    await app.ask_and_wait("one")
    await app.close()
    app = await start_app(resume=True)
    await app.until(lambda: app.header.thinking == "off")
    await app.ask("/think default")
    await app.until(lambda: app.header.thinking == "")
    await app.ask_and_wait("two")
    assert server.values == [False, None]


async def test_click_on_the_header_switches_thinking(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    app, _ = await start(program, start_server, start_app)
    await app.press("alt+t")
    await app.until(lambda: app.header.thinking == "off")
    await app.pilot.pause()
    await app.pilot.click(app.header, offset=(str(app.header.render()).index("∴"), 0))
    await app.until(lambda: app.header.thinking == "on")


async def test_answer_now_says_where_it_cannot(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    app, server = await start(program, start_server, start_app)
    await app.press("alt+e")
    await app.until(lambda: app.has_notice("No answer is streaming."))
    server.resume.clear()
    await app.ask("one")
    await app.until(lambda: app.is_running and app.session.stage and app.session.stage.name == "thinking")
    await app.press("alt+e")
    await app.until(lambda: app.has_notice("The model is not thinking, or its server cannot end that."))
    # No key that does nothing is shown.
    assert "answer now" not in app.key_hints
    server.resume.set()
    await app.answered()


class ControllableServer:
    """A llama.cpp server that thinks until it is told to answer."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.controls: list[object] = []

    async def __call__(self, connection: Connection) -> None:
        target = connection.request.target
        if target.endswith("/completions/control"):
            self.controls.append(connection.request.json)
            self.told.set()
            await replies(200, b'{"success":true}', JSON)(connection)
        elif target.endswith("/chat/completions"):
            await connection.head(200, "Content-Type: text/event-stream")
            await connection.body(b'data: {"id":"a1","choices":[{"delta":{"reasoning_content":"Hm"}}]}\n\n')
            await self.told.wait()
            choice = b'{"delta":{"content":"So"},"finish_reason":"stop"}'
            await connection.body(b'data: {"id":"a1","choices":[' + choice + b"]}\n\n")
            await connection.body(b"data: [DONE]\n\n")
            await connection.end()
        else:
            await replies(200, b'{"data":[{"id":"m","owned_by":"llamacpp"}],"build_info":"b1"}', JSON)(connection)


async def test_answer_now_ends_the_thinking(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    controllable = ControllableServer()
    server = await start_server(controllable)
    program.use_server(server.url, kind="llamacpp")
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Alt+E answer now" in app.key_hints)
    await app.press("alt+e")
    await app.answered()
    assert app.messages[-1] == "So"
    assert len(controllable.controls) == 1
