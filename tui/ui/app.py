"""LlmTuiApp: theme, keys, screens, quit. Knows nothing of conversations."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Sequence
from functools import partial

from textual import events
from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui.chat.safe_text import safe_line
from tui.runtime import Runtime
from tui.ui import gc_tuning
from tui.ui.input_queue import InputQueue, Marker
from tui.ui.painted_text import ControlCharacterFilter
from tui.ui.screens.chat import ChatScreen
from tui.ui.settings_check import key_problems, theme_problems
from tui.workspace.commands import COMMANDS, Keys


class LlmTuiApp(App[None]):
    """The app: one screen, and the dialogs above it."""

    TITLE = "llm-tui"
    # Its key stands in the table of commands, where users can change it.
    COMMAND_PALETTE_BINDING = "ctrl+p"
    # Textual cannot wrap the options of a list, the palette's included, in no cells beside their padding.
    CSS = "OptionList { min-width: 8; }"

    def __init__(self, runtime: Runtime, *, model: str = "", resume: bool = False) -> None:
        """Args:
        runtime: Settings, providers and the store. The caller closes it.
        model: The model to start with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        """
        super().__init__()
        self._runtime = runtime
        self._keys = Keys(runtime.settings.keys)
        self._model = model
        self._resume = resume
        # Holds back keys and pastes until the prompt is there.
        self._input = InputQueue(self, super().on_event)
        self._last_filter = ControlCharacterFilter()

    def get_default_screen(self) -> Screen[None]:
        """The chat."""
        return ChatScreen(
            self._runtime,
            model=self._model,
            resume=self._resume,
            on_ready=self._start_input,
            hold_input=self._input.hold,
        )

    def get_driver_class(self) -> type[Driver]:
        """Our driver in place of Textual's for Linux and macOS; Textual's own elsewhere."""
        driver = super().get_driver_class()
        if driver.__module__ != "textual.drivers.linux_driver":
            return driver
        from tui.ui.terminal import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What changes each painted line of every widget, in order."""
        return (*super().get_line_filters(), self._last_filter)

    def on_mount(self) -> None:
        """Apply the user's theme and keys, and handle signals."""
        settings = self._runtime.settings
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        for problem in (*theme_problems(settings, self.available_themes), *key_problems(settings)):
            self.notify(safe_line(problem), severity="warning", markup=False)
        self.set_keymap(dict(self._keys.configured))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            # Not available on Windows, or outside the main thread.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    async def _start_input(self) -> None:
        await self._input.start()
        self.call_after_refresh(gc_tuning.freeze_and_resume_gc)

    async def on_event(self, event: events.Event) -> None:
        """Queue input. Everything else is Textual's."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._input.put(event)
        else:
            await super().on_event(event)

    async def on_marker(self, marker: Marker) -> None:
        """What was typed before has been handled."""
        await self._input.handle_marker(marker)

    def pop_screen(self) -> AwaitComplete:
        """Go back to the screen below."""
        popped = super().pop_screen()
        self._input.handle_screen_removed()
        return popped

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the commands of the table, and the themes."""
        for command in COMMANDS:
            if command.in_palette:
                action = f"screen.command('{command.name}')"
                yield SystemCommand(command.help, "", partial(self.run_action, action, screen))
        yield SystemCommand("Change theme", "", self.action_change_theme)

    def action_toggle_mouse(self) -> None:
        """Let the terminal have the mouse, so that it selects text as elsewhere; or capture it again."""
        toggle = getattr(self._driver, "toggle_mouse", None)
        key = self._keys.label("toggle_mouse")
        if toggle is None:
            text = "Mouse capture cannot be toggled here. Most terminals select text while Shift is held."
        elif toggle():
            text = f"Mouse capture off: the terminal selects text. Press {key} to capture it again."
        else:
            text = "Mouse capture on: scroll, click and select here."
        self.notify(text, markup=False, timeout=3)

    def _fatal_error(self) -> None:
        # Users see one line, not a traceback.
        if os.environ.get("LLM_TUI_DEBUG") == "1":
            super()._fatal_error()
            return
        error = self._exception
        text = safe_line(
            f"llm-tui: Internal error: {type(error).__name__}: {error}. Set LLM_TUI_DEBUG=1 for a traceback."
        )
        self._exit_renderables.append(Content(text).plain)
        self._close_messages_no_wait()


async def run(runtime: Runtime, *, model: str = "", resume: bool = False) -> int:
    """Run the app until the user quits; returns the exit code."""
    app = LlmTuiApp(runtime, model=model, resume=resume)
    try:
        await app.run_async()
    finally:
        await runtime.aclose()
    return app.return_code or 0
