"""Whole conversations: renamed, deleted, and taken back."""

from __future__ import annotations

import asyncio

from tests.fault_server import JSON, Connection, StartServer, replies
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer


def listed(app: RunningApp) -> list[str]:
    return [
        str(option.prompt).split("\n")[0].strip(" ▸")
        for option in app.sidebar.areas[1].options
        if option.id is not None
    ]


async def with_two(app: RunningApp) -> None:
    await app.ready()
    for prompt in ("one", "two"):
        await app.press("ctrl+n")
        await app.ask(prompt)
        await app.answered()
    await app.until(lambda: listed(app) == ["two", "one"])
    app.sidebar.areas[1].focus()


async def test_renamed_title_survives_the_next_turn(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", wait=False)
    await with_two(app)
    await app.press("r", "end", "space", "b", "enter")
    await app.until(lambda: listed(app) == ["two b", "one"])
    # What is said next does not bring the old title back.
    await app.press("escape")
    await app.ask("more")
    await app.answered()
    await app.until(lambda: listed(app) == ["two b", "one"])
    app.sidebar.areas[1].focus()
    await app.press("r", "x", "escape")
    await app.until(lambda: listed(app) == ["two b", "one"])


async def test_deleted_conversation_is_restored_by_undo(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", wait=False)
    await with_two(app)
    await app.press("down", "d")
    await app.until(lambda: listed(app) == ["two"])
    assert "two" in app.log.text
    await app.press("u")
    await app.until(lambda: listed(app) == ["two", "one"])
    await app.press("u")
    await app.until(lambda: app.has_notice("Nothing to undo"))


async def test_deleting_the_current_conversation_starts_a_new_one(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-5000-50")
    await app.ask("go")
    await app.until(lambda: "orem" in app.log.text)
    await app.runtime.conversations.call(lambda store: store.recent(1))
    await app.chat._sidebar_presenter.show_conversations()
    app.sidebar.areas[1].focus()
    await app.press("d")
    await app.until(lambda: listed(app) == [])
    await app.until(lambda: "▌ go" not in app.log.text)
    assert not app.is_running
    await app.press("u")
    await app.until(lambda: listed(app) == ["go"])


class Titling:
    """A server that makes titles, unless it is held up."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.goes_on = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        if not connection.request.target.endswith("/chat"):
            await replies(200, b'{"version":"1"}', JSON)(connection)
            return
        prompt = connection.request.json["messages"][-1]["content"]
        self.asked.append(prompt)
        await connection.head(200)
        if "title" in prompt:
            await connection.body(b'{"message":{"content":"Blue sk"},"done":false}\n')
            await self.goes_on.wait()
            await connection.body(b'{"message":{"content":"ies\\n"},"done":false}\n')
        else:
            await connection.body(b'{"message":{"content":"Because."},"done":true,"done_reason":"stop"}\n')
        await connection.end()


async def test_title_is_generated_once_if_configured(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    titling = Titling()
    titling.goes_on.set()
    server = await start_server(titling)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("why?")
    await app.answered()
    await app.close()
    assert titling.asked == ["why?"]
    program.config.write_text("model_titles = true\n" + program.config.read_text())
    app = await start_app(model="m")
    await app.ask("how?")
    await app.until(lambda: listed(app) == ["Blue skies", "why?"])
    await app.ask("and then?")
    await app.answered()
    await app.close()
    assert [prompt for prompt in titling.asked if "title" not in prompt] == ["why?", "how?", "and then?"]
    assert len(titling.asked) == 4


async def test_new_prompt_or_rename_cancels_title_generation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    titling = Titling()
    server = await start_server(titling)
    program.use_server(server.url)
    program.config.write_text("model_titles = true\n" + program.config.read_text())
    app = await start_app(model="m")
    await app.ask("why?")
    await app.until(lambda: len(titling.asked) == 2)
    # One at a time is this server's limit, and the title is what makes room.
    await app.ask("and then?")
    await app.answered()
    await app.until(lambda: app.log.text.count("Because.") == 2)
    await app.press("ctrl+n")
    await app.ask("how?")
    await app.until(lambda: len(titling.asked) == 5)
    await app.type("/title Mine")
    await app.press("enter")
    await app.until(lambda: "Mine" in listed(app))
    titling.goes_on.set()
    await app.pilot.pause(0.2)
    assert listed(app) == ["Mine", "why?"]
