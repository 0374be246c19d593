"""Runs the app headless, in a terminal of a given size, with its own runtime."""

from __future__ import annotations

import asyncio
import contextlib
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

from textual import events
from textual._context import active_app, active_message_pump
from textual._wait import wait_for_idle
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.notifications import SeverityLevel
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from tests.program import Program
from tui.config.load import load
from tui.runtime import Runtime
from tui.session.session import Session
from tui.ui.app import LlmTuiApp
from tui.ui.ascii import ascii_mode
from tui.ui.screens.chat import ChatScreen
from tui.ui.widgets.header import Header
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import Sidebar
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.workspace import Workspace

CONDITION_TIMEOUT_S = 30.0

LONGEST_PAUSE_S = 0.05
"""Between two looks at a condition. Looking costs more than some of the things that are waited for."""


class RecordingApp(LlmTuiApp):
    """The app, with a record of all notices. Notices on screen disappear after seconds, which is too soon for tests."""

    def __init__(self, runtime: Runtime, *, model: str = "", resume: bool = False) -> None:
        super().__init__(runtime, model=model, resume=resume)
        self.all_notices: list[str] = []

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Record a notice, and show it."""
        self.all_notices.append(message)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)


class RunningApp:
    """A running app, with access to its widgets, keyboard and state."""

    def __init__(self, app: RecordingApp, pilot: Pilot[None], runtime: Runtime) -> None:
        self.app = app
        self.pilot = pilot
        self.runtime = runtime
        self.close: Callable[[], Awaitable[None]]
        """Closes the app before the end of the test. Set by `AppStarter`."""

    @property
    def chat(self) -> ChatScreen:
        """The chat screen, even while another screen covers it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def screen(self) -> Screen[Any]:
        """The topmost screen."""
        return self.app.screen

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
        """The session of the current conversation."""
        return self.current.session

    @property
    def messages(self) -> list[str]:
        """The text of each message on the current path."""
        return [message.content for message in self.session.conversation.path]

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
    def header(self) -> Header:
        return self.chat.query_one(Header)

    @property
    def key_bar(self) -> KeyBar:
        return self.chat.query_one(KeyBar)

    @property
    def key_hints(self) -> str:
        """What the key bar shows: `Enter send · F1 help`."""
        return " · ".join(f"{hint.key} {hint.word}" for hint in self.key_bar.hints)

    @property
    def composer_note(self) -> str:
        """What stands above the prompt. Empty for nothing."""
        note = self.chat.query_one("#note", Static)
        return str(note.render()) if note.has_class("-shown") else ""

    @property
    def sidebar(self) -> Sidebar:
        return self.chat.query_one(Sidebar)

    @property
    def conversation_rows(self) -> list[tuple[str, str, str]]:
        """The conversations in the sidebar: mark, title, time. The mark is empty where there is none."""
        rows = [str(option.prompt) for option in self.sidebar.areas[1].options if option.id is not None]
        split = [(row[1].strip(), row[3:].partition("  ")) for row in rows]
        return [(mark, title.strip(), time.strip()) for mark, (title, _, time) in split]

    def shows(self, *lines: str) -> bool:
        """Whether the log shows some lines below each other, with only blank ones between them."""
        shown = [line for line in self.log.text.splitlines() if line.strip()]
        return any(tuple(shown[at : at + len(lines)]) == lines for at in range(len(shown)))

    @property
    def clipboard(self) -> str:
        return self.app.clipboard

    @property
    def notices(self) -> list[str]:
        """Every notice since the start, on screen or not."""
        return self.app.all_notices

    def has_notice(self, text: str) -> bool:
        """Whether a notice since the start contains a text."""
        return any(text in notice for notice in self.notices)

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before it has had its effect."""
        for key in keys:
            # Posted directly: `Pilot.press` waits for an idle processor three times after every key.
            self.app.post_message(_key_event(key))
            await self._input_handled()
        await self._settled()

    async def type(self, text: str) -> None:
        """Type a text as fast as a terminal sends it."""
        for character in text:
            self.app.post_message(events.Key(_character_to_key(character), character))
        await self._input_handled()
        await self._settled()

    async def _settled(self) -> None:
        """Wait until all widgets have handled what was posted so far and the app idles; not long while it streams."""
        await self.pilot._wait_for_screen()
        await wait_for_idle(0, 0.1)
        if self.app.screen_stack:
            self.app.screen._on_timer_update()

    async def _input_handled(self) -> None:
        """Wait until all keys have had their effect, unless the app has closed."""
        # What was posted reaches the queue when the app handles it.
        await self.pilot._wait_for_screen()
        while self.app.is_running and self.app.screen_stack and not self.app._input.is_idle:
            await asyncio.sleep(0.002)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is true."""
        deadline = asyncio.get_running_loop().time() + CONDITION_TIMEOUT_S
        pause = 0.01
        while not condition():
            if asyncio.get_running_loop().time() > deadline:
                shown = self.log.text[-800:] if self.chat.is_loaded else "nothing yet"
                raise AssertionError(f"the condition did not become true; the log shows\n{shown}")
            # Not `Pilot.pause`, which would paint each time.
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 1.3)
        await self._settled()

    async def ready(self) -> None:
        """Wait until a provider has been chosen."""
        await self.until(lambda: self.chat.parts.directory.ready.is_set())

    async def ask(self, text: str) -> None:
        """Type a prompt and send it."""
        await self.type(text)
        await self.press("enter")

    async def answered(self) -> None:
        """Wait until no answer is streaming in the current conversation."""
        await self.until(lambda: not self.is_running and self.session.last_turn)

    async def ask_and_wait(self, *prompts: str) -> None:
        """Send prompts, each after the previous one has been answered."""
        for prompt in prompts:
            await self.ask(prompt)
            await self.answered()


def _key_event(key: str) -> events.Key:
    """The event of a key by its name or character, as the terminal driver makes it."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    character: str | None
    try:
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(name, character)


@contextlib.asynccontextmanager
async def running(
    program: Program,
    *,
    size: tuple[int, int] = (120, 40),
    provider: str = "",
    model: str = "",
    resume: bool = False,
) -> AsyncIterator[RunningApp]:
    """Run the app with the config and data of a program.

    Args:
        program: Has the config and data.
        size: Columns and lines of the terminal.
        provider: The value of `--provider`.
        model: The value of `--model`.
        resume: Whether to reopen the latest conversation, as `--continue` does.
    """
    environment = program.environment()
    runtime = Runtime(
        load(program.config, environment, {"provider": provider} if provider else {}), environment, program.data
    )
    app = RecordingApp(runtime, model=model, resume=resume)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            yield RunningApp(app, pilot, runtime)
    finally:
        await runtime.aclose()


class StartApp(Protocol):
    """The fixture `start_app`."""

    async def __call__(
        self,
        *,
        size: tuple[int, int] = ...,
        provider: str = ...,
        model: str = ...,
        resume: bool = ...,
        wait: bool = ...,
        loads: bool = ...,
    ) -> RunningApp:
        """Start the app. Arguments are those of `running`.

        Args:
            wait: Whether to wait until a provider has been chosen.
            loads: Whether to wait until all widgets are there. Otherwise only the first picture is.
        """


class AppStarter:
    """Starts apps, and closes those that are still open at the end of the test."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._stack = contextlib.AsyncExitStack()

    async def __call__(
        self,
        *,
        size: tuple[int, int] = (120, 40),
        provider: str = "",
        model: str = "",
        resume: bool = False,
        wait: bool = True,
        loads: bool = True,
    ) -> RunningApp:
        """Start the app. See `StartApp`."""
        started: asyncio.Future[RunningApp] = asyncio.get_running_loop().create_future()
        closing = asyncio.Event()

        async def run() -> None:
            async with running(self._program, size=size, provider=provider, model=model, resume=resume) as app:
                started.set_result(app)
                await closing.wait()

        # Textual resets its context variables on exit, which must happen in the task that set them. Fixtures and tests
        # run in different tasks.
        task = asyncio.create_task(run(), name="run app")

        async def close() -> None:
            closing.set()
            await task

        self._stack.push_async_callback(close)
        await asyncio.wait((task, started), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        app = started.result()
        app.close = close
        active_app.set(app.app)
        active_message_pump.set(app.app)
        # Tests that read what is painted may be the first to paint it.
        ascii_mode.set(app.app._ascii)
        if loads:
            await app.until(lambda: app.chat.is_loaded)
        if loads and wait:
            await app.ready()
        return app

    async def aclose(self) -> None:
        """Close all apps that are still open."""
        await self._stack.aclose()
