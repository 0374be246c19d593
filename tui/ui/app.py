"""LlmTuiApp: theme, keys, screens, quit. Knows nothing of conversations."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import os
import signal
from collections.abc import Iterable, Sequence
from functools import partial

from textual import events
from textual.app import App, SystemCommand
from textual.content import Content
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui.chat.safe_text import safe_line
from tui.runtime import Runtime
from tui.ui import gc_tuning
from tui.ui.key_bindings import conflicts
from tui.ui.painted_text import ControlCharacterFilter
from tui.ui.screens.chat import ChatScreen
from tui.workspace.commands import BY_NAME, COMMANDS, Keys, unknown_names


class LlmTuiApp(App[None]):
    """The app: one screen, and the dialogs above it."""

    TITLE = "llm-tui"
    # Its key stands in the table of commands, where users can change it.
    COMMAND_PALETTE_BINDING = "ctrl+p"

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
        self._early_input: list[events.Event] | None = []
        """Keys and pastes that came before the prompt was there. None once it is."""
        self._last_filter = ControlCharacterFilter()

    def get_default_screen(self) -> Screen[None]:
        """The chat."""
        return ChatScreen(self._runtime, model=self._model, resume=self._resume, on_ready=self._replay_early_input)

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
        else:
            self._warn(f"Unknown theme {settings.theme!r}", settings.theme, self.available_themes)
        for name in unknown_names(settings.keys):
            self._warn(f"[keys] has an unknown action {name!r}", name, BY_NAME)
        for conflict in conflicts(self._keys):
            self.notify(safe_line(conflict), severity="warning", markup=False)
        self.set_keymap(dict(self._keys.configured))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            # Not available on Windows, or outside the main thread.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    async def _replay_early_input(self) -> None:
        # Input that comes meanwhile is appended, so that the order stays.
        while self._early_input:
            await super().on_event(self._early_input.pop(0))
        self._early_input = None
        self.call_after_refresh(gc_tuning.freeze_and_resume_gc)

    async def on_event(self, event: events.Event) -> None:
        """Hold back input until the prompt is there. Everything else is Textual's."""
        is_input = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if self._early_input is not None and is_input:
            self._early_input.append(event)
            return
        await super().on_event(event)

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

    def _warn(self, text: str, found: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(found, list(known), 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        self.notify(f"{safe_line(text)}.{hint}", severity="warning", markup=False)


async def run(runtime: Runtime, *, model: str = "", resume: bool = False) -> int:
    """Run the app until the user quits; returns the exit code."""
    app = LlmTuiApp(runtime, model=model, resume=resume)
    try:
        await app.run_async()
    finally:
        await runtime.aclose()
    return app.return_code or 0
