"""The app, running in a terminal of a given size, on a runtime of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tests.program import Program
from tui.config.load import load
from tui.runtime import Runtime
from tui.session.session import Session
from tui.ui.app import LlmTuiApp
from tui.ui.screens.chat import ChatScreen
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.status_bar import StatusBar
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.workspace import Workspace


class RunningApp:
    """The app and a hand on its keyboard."""

    def __init__(self, app: LlmTuiApp, pilot: Pilot[None], runtime: Runtime) -> None:
        self.app = app
        self.pilot = pilot
        self.runtime = runtime

    @property
    def chat(self) -> ChatScreen:
        """The one screen, whatever is above it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def workspace(self) -> Workspace:
        return self.chat.workspace

    @property
    def current(self) -> OpenConversation:
        """The current conversation."""
        current = self.workspace.current
        assert current is not None
        return current

    @property
    def session(self) -> Session:
        return self.current.session

    @property
    def is_running(self) -> bool:
        """Whether an answer is streaming in the current conversation."""
        current = self.workspace.current
        return current is not None and current.is_running

    @property
    def log(self) -> MessageLog:
        return self.chat.query_one(MessageLog)

    @property
    def prompt(self) -> PromptBox:
        return self.chat.query_one(PromptBox)

    @property
    def status(self) -> StatusBar:
        return self.chat.query_one(StatusBar)

    @property
    def sidebar(self) -> Sidebar:
        return self.chat.query_one(Sidebar)

    @property
    def notices(self) -> list[str]:
        """What it has said in passing."""
        return [str(notice.message) for notice in self.app._notifications]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        for character in text:
            # As fast as a terminal can send it: `press` waits for two idle moments after every key.
            self.app.post_message(events.Key(_character_to_key(character), character))
        await self.pilot.pause()

    async def until(self, is_so: Callable[[], Any]) -> None:
        """Wait until something is so."""
        for _ in range(1000):
            if is_so():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"it never came to be: the log shows\n{self.log.text[-800:]}")

    async def ready(self) -> None:
        """Wait until there is somebody to talk to."""
        await self.until(lambda: self.chat._directory.ready.is_set())

    async def ask(self, text: str) -> None:
        """Type a prompt and send it."""
        await self.type(text)
        await self.press("enter")

    async def answered(self) -> None:
        """Wait until no turn is under way."""
        await self.until(lambda: not self.is_running and self.session.last_turn)


@contextlib.asynccontextmanager
async def running(
    program: Program,
    *,
    size: tuple[int, int] = (120, 40),
    provider: str = "",
    model: str = "",
    resume: bool = False,
) -> AsyncIterator[RunningApp]:
    """The app with a program's config and data.

    Args:
        program: Where config and data are.
        size: Columns and lines of the terminal.
        provider: Who is to answer, as the command line says it.
        model: The model to begin with.
        resume: Whether to reopen the latest conversation.
    """
    environment = program.environment()
    runtime = Runtime(
        load(program.config, environment, {"provider": provider} if provider else {}), environment, program.data
    )
    app = LlmTuiApp(runtime, model=model, resume=resume)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            yield RunningApp(app, pilot, runtime)
    finally:
        await runtime.aclose()
