"""Conversations in the sidebar: renamed, deleted and restored, with generated titles."""

from __future__ import annotations

import asyncio

from tests.fault_server import JSON, Connection, StartServer, replies
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer


def titles(app: RunningApp) -> list[str]:
    """The titles in the sidebar."""
    return [title for _, title, _ in app.conversation_rows]


async def add_two_conversations(app: RunningApp) -> None:
    """Ask in two conversations, and focus their list."""
    for prompt in ("one", "two"):
        await app.press("ctrl+n")
        await app.ask_and_wait(prompt)
    await app.until(lambda: titles(app) == ["two", "one"])
    app.sidebar.areas[1].focus()


async def test_renamed_title_survives_the_next_turn(app: RunningApp) -> None:
    await add_two_conversations(app)
    await app.press("r", "end", "space", "b", "enter")
    await app.until(lambda: titles(app) == ["two b", "one"])
    # The next turn does not restore the old title.
    await app.press("escape")
    await app.ask_and_wait("more")
    await app.until(lambda: titles(app) == ["two b", "one"])
    app.sidebar.areas[1].focus()
    await app.press("r", "x", "escape")
    await app.until(lambda: titles(app) == ["two b", "one"])


async def test_deleted_conversation_is_restored_by_undo(app: RunningApp) -> None:
    await add_two_conversations(app)
    await app.press("down", "d")
    await app.until(lambda: titles(app) == ["two"])
    assert "two" in app.log.text
    await app.press("u")
    await app.until(lambda: titles(app) == ["two", "one"])
    await app.press("u")
    await app.until(lambda: app.has_notice("Nothing to undo"))


async def test_delete_and_undo_keep_the_place_of_the_cursor(app: RunningApp) -> None:
    await add_two_conversations(app)
    await app.press("ctrl+n")
    await app.ask_and_wait("three")
    await app.until(lambda: titles(app) == ["three", "two", "one"])
    conversations = app.sidebar.areas[1]
    conversations.focus()
    await app.press("down")

    def title_at_cursor() -> str:
        at = conversations.highlighted
        return "" if at is None else str(conversations.get_option_at_index(at).prompt)[3:].split("  ")[0].strip()

    await app.until(lambda: title_at_cursor() == "two")
    await app.press("d")
    await app.until(lambda: titles(app) == ["three", "one"] and title_at_cursor() == "one")
    await app.press("u")
    await app.until(lambda: titles(app) == ["three", "two", "one"] and title_at_cursor() == "two")


async def test_deleting_the_current_conversation_starts_a_new_one(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-5000-50")
    await app.ask("go")
    await app.until(lambda: "orem" in app.log.text)
    await app.runtime.conversations.call(lambda store: store.recent(1))
    await app.chat.parts.conversations.show_conversations()
    app.sidebar.areas[1].focus()
    await app.press("d")
    await app.until(lambda: titles(app) == [])
    await app.until(lambda: "▌ go" not in app.log.text)
    assert not app.is_running
    await app.press("u")
    await app.until(lambda: titles(app) == ["go"])


class TitleServer:
    """A server that pauses in the middle of every title until `resume` is set."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.resume = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        if not connection.request.target.endswith("/chat"):
            await replies(200, b'{"version":"1"}', JSON)(connection)
            return
        prompt = connection.request.json["messages"][-1]["content"]
        self.prompts.append(prompt)
        await connection.head(200)
        if "title" in prompt:
            await connection.body(b'{"message":{"content":"Blue sk"},"done":false}\n')
            await self.resume.wait()
            await connection.body(b'{"message":{"content":"ies\\n"},"done":false}\n')
        else:
            await connection.body(b'{"message":{"content":"Because."},"done":true,"done_reason":"stop"}\n')
        await connection.end()


async def test_title_is_generated_once_if_configured(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    title_server = TitleServer()
    title_server.resume.set()
    server = await start_server(title_server)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("why?")
    await app.close()
    assert title_server.prompts == ["why?"]
    program.config.write_text("model_titles = true\n" + program.config.read_text())
    app = await start_app(model="m")
    await app.ask("how?")
    await app.until(lambda: titles(app) == ["Blue skies", "why?"])
    await app.ask_and_wait("and then?")
    await app.close()
    assert [prompt for prompt in title_server.prompts if "title" not in prompt] == ["why?", "how?", "and then?"]
    assert len(title_server.prompts) == 4


async def test_new_prompt_or_rename_cancels_title_generation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    title_server = TitleServer()
    server = await start_server(title_server)
    program.use_server(server.url)
    program.config.write_text("model_titles = true\n" + program.config.read_text())
    app = await start_app(model="m")
    await app.ask("why?")
    await app.until(lambda: len(title_server.prompts) == 2)
    # The server is limited to one request at a time, so the title must be cancelled first.
    await app.ask_and_wait("and then?")
    await app.until(lambda: app.log.text.count("Because.") == 2)
    await app.press("ctrl+n")
    await app.ask("how?")
    await app.until(lambda: len(title_server.prompts) == 5)
    await app.type("/title Mine")
    await app.press("enter")
    await app.until(lambda: "Mine" in titles(app))
    title_server.resume.set()
    await app.pilot.pause(0.2)
    assert titles(app) == ["Mine", "why?"]
