"""Whole conversations: renamed, deleted, and taken back."""

from __future__ import annotations

from tests.program import Program
from tests.ui.running import RunningApp, running
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


async def test_a_conversation_is_renamed(program: Program, demo: DemoServer) -> None:
    program.talks_to(demo.url)
    async with running(program, model="echo") as app:
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


async def test_a_deleted_conversation_is_gone_and_can_be_taken_back(program: Program, demo: DemoServer) -> None:
    program.talks_to(demo.url)
    async with running(program, model="echo") as app:
        await with_two(app)
        await app.press("down", "d")
        await app.until(lambda: listed(app) == ["two"])
        assert "two" in app.log.text
        await app.press("u")
        await app.until(lambda: listed(app) == ["two", "one"])
        await app.press("u")
        await app.until(lambda: any("No conversation was deleted" in words for words in app.notices))


async def test_the_conversation_at_hand_makes_room_for_a_new_one(program: Program, demo: DemoServer) -> None:
    program.talks_to(demo.url)
    async with running(program, model="lorem-5000-50") as app:
        await app.ready()
        await app.ask("go")
        await app.until(lambda: "orem" in app.log.text)
        await app.runtime.conversations.call(lambda store: store.recent(1))
        await app.chat.show_conversations()
        app.sidebar.areas[1].focus()
        await app.press("d")
        await app.until(lambda: listed(app) == [])
        await app.until(lambda: "▌ go" not in app.log.text)
        assert app.chat._turn is None
        await app.press("u")
        await app.until(lambda: listed(app) == ["go"])
