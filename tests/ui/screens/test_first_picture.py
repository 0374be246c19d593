"""The first picture: letters are typed before the rest of the chat is loaded, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from textual import events
from textual.geometry import Region
from textual.message import Message

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.chat import ChatScreen
from tui.ui.screens.chat_body import ChatBody
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.header import Header
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.widgets.prompt_box import PromptBox


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when the rest of the chat may be loaded."""
    event = asyncio.Event()
    monkeypatch.setattr("tui.ui.screens.chat.load_rest", event.wait)
    return event


def send_keys(app: RunningApp, *keys: str) -> None:
    for key in keys:
        app.app.post_message(events.Key(key, key if len(key) == 1 else None))


def regions(app: RunningApp) -> list[Region]:
    return [app.chat.query_one(kind).region for kind in (Header, Composer, PromptBox, KeyBar)]


async def test_letters_are_shown_at_once_and_other_keys_wait_in_their_order(
    program: Program, demo: DemoServer, start_app: StartApp, loading: asyncio.Event
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", loads=False)
    send_keys(app, "h", "i", "enter", "y", "o")
    await app.until(lambda: app.prompt.text == "hi")
    before = regions(app)
    assert "Enter send" in app.key_hints
    assert not app.chat.is_loaded
    assert app.prompt.text == "hi"
    loading.set()
    await app.until(lambda: app.prompt.text == "yo")
    await app.answered()
    assert app.messages == ["hi", "hi"]
    assert regions(app) == before


async def test_text_is_kept_as_a_draft_if_the_app_ends_before_it_is_loaded(
    program: Program, demo: DemoServer, start_app: StartApp, loading: asyncio.Event
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", loads=False)
    send_keys(app, "h", "i")
    await app.until(lambda: app.prompt.text == "hi")
    await app.close()
    loading.set()
    app = await start_app(model="echo")
    await app.until(lambda: app.prompt.text == "hi")


async def test_command_that_is_clicked_early_runs_when_everything_is_loaded(
    program: Program, demo: DemoServer, start_app: StartApp, loading: asyncio.Event
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", loads=False)
    app.key_bar.post_message(KeyBar.Pressed("palette"))
    app.header.post_message(Header.Pressed("help"))
    await app.pilot.pause()
    assert app.screen is app.chat
    loading.set()
    await app.until(lambda: app.screen is not app.chat)


def test_every_handler_has_a_message() -> None:
    """Handlers find their messages by name: a misspelt one would never be called."""
    from tui.ui.screens import chat_parts  # noqa: F401  # makes the classes of messages

    def names(base: type[Message]) -> set[str]:
        return {getattr(base, "handler_name", "")}.union(*(names(each) for each in base.__subclasses__()))

    owned = [(name, each) for owner in (ChatScreen, ChatBody) for name, each in vars(owner).items()]
    handlers = {name: each for name, each in owned if name.startswith("on_")}
    assert Composer.TextChanged.handler_name in handlers
    assert handlers.keys() - names(Message) == set()
    assert all(map(inspect.isfunction, handlers.values()))
