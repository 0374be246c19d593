"""LlmTuiApp: theme, keys, screens, quit. It knows nothing of a conversation."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import os
import signal
from collections.abc import Iterable
from functools import partial

from textual import events
from textual.app import App, SystemCommand
from textual.content import Content
from textual.driver import Driver
from textual.screen import Screen

from tui.chat.safe_text import safe_line
from tui.runtime import Runtime
from tui.ui import gc_tuning
from tui.ui.actions import ACTIONS, BY_NAME, clashes, keys_of, shown_keys
from tui.ui.screens.chat import ChatScreen


class LlmTuiApp(App[None]):
    """The app. Everything that happens in it happens on its one screen and the modals above it."""

    TITLE = "llm-tui"
    # Its key is in the table of actions, as everybody's.
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, runtime: Runtime, *, model: str = "", resume: bool = False) -> None:
        """Args:
        runtime: What stands below. Whoever made it closes it.
        model: The model to begin with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        """
        super().__init__()
        self._runtime = runtime
        self._model = model
        self._resumes = resume
        self._early: list[events.Event] | None = []
        """What was typed before there was anywhere to type it. None once there is."""

    def get_default_screen(self) -> Screen[None]:
        """The one screen."""
        return ChatScreen(self._runtime, model=self._model, resume=self._resumes, on_ready=self._type_what_came_early)

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver; where it is the one for terminals as Linux and macOS have them, ours."""
        driver = super().get_driver_class()
        if driver.__module__ != "textual.drivers.linux_driver":
            return driver
        from tui.ui.terminal import TerminalDriver

        return TerminalDriver

    def on_mount(self) -> None:
        """Take on the user's colours and keys."""
        settings = self._runtime.settings
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        else:
            self._warn(f"There is no theme {settings.theme!r}", settings.theme, self.available_themes)
        known = {name: keys for name, keys in settings.keys.items() if name in BY_NAME}
        for name in settings.keys.keys() - known.keys():
            self._warn(f"[keys] names {name!r}, which is no action", name, BY_NAME)
        for words in clashes(known):
            self.notify(safe_line(words), severity="warning", markup=False)
        self.set_keymap(known)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            # Not to be had everywhere: on Windows, or outside of the main thread.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    async def _type_what_came_early(self) -> None:
        # What comes meanwhile has to wait behind it.
        while self._early:
            await super().on_event(self._early.pop(0))
        self._early = None
        self.call_after_refresh(gc_tuning.freeze_and_resume_gc)

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed before the prompt is there. Everything else is Textual's."""
        if self._early is not None and isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._early.append(event)
            return
        await super().on_event(event)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: every action, and the colours."""
        for action in ACTIONS:
            if action.in_palette:
                yield SystemCommand(action.words, "", partial(self.run_action, f"screen.{action.name}", screen))
        yield SystemCommand("Change the colours", "", self.action_change_theme)

    def action_toggle_mouse(self) -> None:
        """Leave the mouse to the terminal, so that it selects as it does everywhere else; or take it back."""
        toggle = getattr(self._driver, "toggle_mouse", None)
        key = shown_keys(keys_of("toggle_mouse", self._runtime.settings.keys))
        if toggle is None:
            words = "The mouse cannot be switched here. Most terminals select text while Shift is held."
        elif toggle():
            words = f"The mouse is the terminal's now. {key} takes it back."
        else:
            words = "The mouse is back: it scrolls, clicks and selects here."
        self.notify(words, markup=False, timeout=3)

    def _fatal_error(self) -> None:
        # Whoever only wants to chat is not shown our insides.
        if os.environ.get("LLM_TUI_DEBUG") == "1":
            super()._fatal_error()
            return
        error = self._exception
        words = safe_line(f"llm-tui: Something broke: {type(error).__name__}: {error}. LLM_TUI_DEBUG=1 shows where.")
        self._exit_renderables.append(Content(words).plain)
        self._close_messages_no_wait()

    def _warn(self, words: str, found: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(found, list(known), 1)
        self.notify(
            f"{safe_line(words)}.{f' Did you mean {near[0]!r}?' if near else ''}", severity="warning", markup=False
        )


async def run(runtime: Runtime, *, model: str = "", resume: bool = False) -> int:
    """Run the app; give its exit code."""
    app = LlmTuiApp(runtime, model=model, resume=resume)
    try:
        await app.run_async()
    finally:
        await runtime.aclose()
    return app.return_code or 0
