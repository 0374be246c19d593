"""Every dialog: closed as its data arrives, open as the app closes, in tiny windows, and with keys in one burst."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Static

from tests.fault_server import Connection, StartServer, replies
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tests.ui.screens.test_fast_typing import press_at_once
from tests.ui.themed_app import ThemedApp
from tui.chat.conversation import FoundMessage
from tui.demo.server import DemoServer
from tui.errors import ServerUnreachable
from tui.ui.screens.dialog import Dialog, ask
from tui.ui.screens.quit import QuitScreen
from tui.ui.screens.rename import RenameScreen
from tui.ui.screens.search import SearchScreen
from tui.ui.widgets.dialog_frame import DialogFrame
from tui.workspace.model_jobs import ModelJob
from tui.workspace.target import Target

CODE = "```py\na\n```\n\n```py\nb\n```"
PROMPT = "hello"

OPENERS = {
    "help": ("f1",),
    "settings": ("f2",),
    "models": ("f4",),
    "search all": ("ctrl+g",),
    "rename": ("alt+i",),
    "regenerate with": ("alt+r",),
    "compare": ("f9",),
    "conversation settings": ("alt+s",),
    "code": ("tab", "up", "b"),
    "palette": ("ctrl+p",),
    "providers": ("slash", *"providers", "enter"),
    "provider form": ("slash", *"providers", "enter", "alt+a"),
    "servers": ("slash", *"servers", "enter"),
    "comparison": ("f9", "down", "tab", "enter"),
}
"""The keys that open each screen above the chat, behind a conversation with code blocks."""


@pytest.fixture
async def chat(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app with a conversation that has code blocks, and another model to compare with."""
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(100, 30))
    await app.type(PROMPT)
    app.prompt.insert(f"\n{CODE}")
    await app.press("enter")
    await app.answered()
    return app


def above(app: RunningApp) -> int:
    """How many screens are above the chat."""
    return len(app.app.screen_stack) - 1


@pytest.mark.parametrize("opener", OPENERS)
async def test_dialog_opens_and_closes_in_one_burst(chat: RunningApp, opener: str) -> None:
    for _ in range(2):
        press_at_once(chat, *OPENERS[opener], "escape", "escape", "escape")
        await chat.until(lambda: not chat.app._input._waiting and not above(chat))
    press_at_once(chat, *"fine")
    await chat.until(lambda: chat.prompt.text.endswith("fine"))
    assert chat.app._exception is None


@pytest.mark.parametrize("opener", OPENERS)
async def test_app_closes_while_a_dialog_is_open(chat: RunningApp, opener: str) -> None:
    await chat.press(*OPENERS[opener])
    await chat.until(lambda: above(chat))
    await chat.close()
    assert chat.app._exception is None


@pytest.mark.parametrize("opener", OPENERS)
async def test_dialog_survives_tiny_windows(chat: RunningApp, opener: str) -> None:
    await chat.press(*OPENERS[opener])
    await chat.until(lambda: above(chat))
    for size in ((10, 20), (8, 3), (6, 2), (5, 1), (4, 24), (3, 3), (2, 2), (1, 1), (80, 1), (100, 30)):
        await chat.pilot.resize_terminal(*size)
        await chat.pilot.pause(0.02)
        assert chat.app._exception is None, size
    assert above(chat)


class Host(ThemedApp):
    """An app for one dialog, without the chat."""


Loader = Callable[..., Awaitable[tuple[Any, ...]]]


def search_screen(load: Loader) -> Dialog[Any]:
    return SearchScreen(load, "words")


FOUND = FoundMessage("c", "title", "m", 0.0, (("words", True),))


@pytest.mark.parametrize(
    ("make", "rows"),
    [(search_screen, (FOUND,))],
)
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("rounds", [1, 5, *range(0, 38, 2)])
async def test_dialog_closed_as_its_rows_arrive_leaves_the_app_running(
    make: Callable[[Loader], Dialog[Any]], rows: tuple[Any, ...], fails: bool, rounds: int
) -> None:
    arrived = asyncio.Event()

    async def load(*_: str) -> tuple[Any, ...]:
        await arrived.wait()
        if fails:
            raise ServerUnreachable("gone")
        return rows

    app = Host()
    async with app.run_test() as pilot:
        await app.push_screen(make(load))
        await pilot.pause()
        # Closed a few steps before or after the rows arrive.
        steps = (arrived.set, lambda: app.screen.dismiss(None))
        for step in steps if rounds % 2 else reversed(steps):
            step()
            for _ in range(rounds // 2):
                await asyncio.sleep(0)
        await pilot.pause(0.01)
        assert len(app.screen_stack) == 1
    assert app._exception is None


async def test_dialog_that_is_closed_twice_leaves_the_screen_below() -> None:
    app = Host()
    results: list[str | None] = []
    async with app.run_test() as pilot:
        await app.push_screen(RenameScreen("old"), results.append)
        dialog = app.screen
        assert isinstance(dialog, RenameScreen)
        dialog.dismiss("new")
        dialog.dismiss("newer")
        await pilot.pause()
        assert results == ["new"]
        assert len(app.screen_stack) == 1


async def test_dialog_is_closed_when_its_caller_is_cancelled() -> None:
    app = Host()
    async with app.run_test() as pilot:

        async def rename() -> None:
            await ask(app.screen, RenameScreen("old"))

        worker = app.run_worker(rename())
        await pilot.pause()
        assert isinstance(app.screen, RenameScreen)
        worker.cancel()
        await pilot.pause()
        assert len(app.screen_stack) == 1
    assert app._exception is None


@pytest.mark.parametrize(
    ("opener", "typed"), [("f4", "ech"), ("ctrl+g", "hel"), ("alt+r", "lor"), ("ctrl+p", "set"), ("alt+i", "abc")]
)
async def test_letters_behind_the_key_of_a_dialog_go_to_it(chat: RunningApp, opener: str, typed: str) -> None:
    press_at_once(chat, "x", opener, "home", "ctrl+k", *typed, "q", "backspace", "left", "delete")
    await chat.until(lambda: above(chat) and not chat.app._input._waiting)
    await chat.until(lambda: chat.screen.query_one(Input).value == typed[:-1])
    assert chat.prompt.text == "x"


async def test_letters_behind_escape_go_to_the_prompt(chat: RunningApp) -> None:
    for opener in (("f4",), ("ctrl+f",), ("ctrl+g",), ("alt+i",), ("f1",)):
        press_at_once(chat, *"ab", *opener, *"cd", "escape", "escape", *"ef", "backspace", "g", "left", "h")
        await chat.until(lambda: chat.prompt.text == "abehg" and not above(chat))
        chat.prompt.clear()


async def test_letters_behind_search_key_go_to_the_search(chat: RunningApp) -> None:
    press_at_once(chat, *"ab", "ctrl+f", *"helx", "backspace", *"lo")
    await chat.until(lambda: chat.chat.query("SearchBar"))
    await chat.until(lambda: chat.chat.query_one("SearchBar Input", Input).value == "hello")
    assert chat.prompt.text == "ab"


async def test_letters_behind_filter_key_go_to_the_filter(chat: RunningApp) -> None:
    press_at_once(chat, "f3", "tab", "slash", *"helx", "backspace")
    await chat.until(lambda: chat.sidebar.query(Input) and chat.sidebar.query_one(Input).value == "hel")
    assert chat.prompt.text == ""


async def test_rename_and_next_prompt_in_one_burst(chat: RunningApp) -> None:
    press_at_once(chat, "alt+i", "home", "ctrl+k", *"new title", "enter", *"next")
    await chat.until(lambda: chat.prompt.text == "next")
    await chat.until(lambda: chat.session.conversation.title == "new title")


async def test_model_chosen_before_the_list_arrives(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()
    released.set()
    listing = replies(200, b'{"version":"1","models":[{"name":"first:1b"},{"name":"second:1b"}]}')

    async def lists_later(connection: Connection) -> None:
        await released.wait()
        await listing(connection)

    server = await start_server(lists_later)
    program.use_server(server.url)
    app = await start_app(model="first:1b")
    released.clear()
    press_at_once(app, "f4", *"sec", "enter")
    await app.until(lambda: above(app))
    await app.pilot.pause(0.05)
    assert above(app)
    released.set()
    await app.until(lambda: not above(app))
    assert app.session.model == "second:1b"
    assert app.prompt.text == ""


async def test_search_result_chosen_before_it_arrives() -> None:
    released = asyncio.Event()
    results: list[FoundMessage | None] = []

    async def search(words: str) -> tuple[FoundMessage, ...]:
        if words == "new":
            await released.wait()
            return (FoundMessage("c2", "new", "m2", 0.0, (("new", True),)),)
        return (FOUND,)

    app = Host()
    async with app.run_test() as pilot:
        await app.push_screen(SearchScreen(search, "words"), results.append)
        await pilot.pause()
        assert app.screen.query_one(OptionList).option_count == 1
        app.screen.query_one(Input).value = "new"
        await pilot.press("enter")
        assert results == []
        released.set()
        await pilot.pause()
        assert [found.message_id for found in results if found] == ["m2"]


async def test_quitting_while_an_answer_streams_asks(start_app: StartApp) -> None:
    app = await start_app(provider="demo", model="lorem-2000-50")
    await app.ask("go")
    await app.until(lambda: app.is_running)
    for stay in ("enter", "escape"):
        await app.press("ctrl+q")
        await app.until(lambda: isinstance(app.screen, QuitScreen))
        await app.press(stay)
        await app.until(lambda: app.screen is app.chat)
        assert app.is_running
    # Also when it streams behind.
    await app.press("ctrl+n")
    await app.until(lambda: not app.is_running)
    await app.press("ctrl+q")
    await app.until(lambda: isinstance(app.screen, QuitScreen))
    assert "An answer is streaming in the background." in str(app.screen.query_one("#what", Static).content)
    await app.press("ctrl+q")
    await app.until(lambda: not app.app.is_running)


async def test_quit_names_queued_prompts_and_downloads(start_app: StartApp) -> None:
    app = await start_app(provider="demo", model="lorem-2000-50")
    await app.ask("go")
    await app.until(lambda: app.is_running)
    await app.ask("later")
    await app.until(lambda: app.current.queue)
    app.chat.parts.jobs._jobs[Target("demo", "qwen3")] = ModelJob(Target("demo", "qwen3"), "pull")
    await app.press("ctrl+q")
    await app.until(lambda: isinstance(app.screen, QuitScreen))
    text = str(app.screen.query_one("#what", Static).content)
    assert text.startswith("An answer is streaming. A prompt is queued. qwen3 is being downloaded.")
    await app.press("q")
    await app.until(lambda: not app.app.is_running)


async def test_quit_does_not_ask_when_told_not_to(start_app: StartApp, program: Program) -> None:
    program.configure("confirm_quit = false\n")
    app = await start_app(provider="demo", model="lorem-2000-50")
    await app.ask("go")
    await app.until(lambda: app.is_running)
    await app.press("ctrl+q")
    await app.until(lambda: not app.app.is_running)


async def test_click_beside_a_dialog_closes_it(app: RunningApp) -> None:
    for key in ("f1", "f2", "ctrl+p"):
        await app.press(key)
        await app.until(lambda: isinstance(app.screen, Dialog))
        inside = app.screen.query_one(DialogFrame).region
        await app.pilot.click(offset=(inside.x + 1, inside.y))
        assert isinstance(app.screen, Dialog)
        await app.pilot.click(offset=(0, inside.y))
        await app.until(lambda: app.screen is app.chat)
