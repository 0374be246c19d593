"""LlmTuiApp: theme, keys, screens, quit. Knows nothing of conversations."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.content import Content
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import Notify
from textual.screen import Screen

from tui import gc_tuning
from tui.chat.safe_text import safe_line
from tui.runtime import Runtime
from tui.ui.ascii import AsciiFilter, AsciiMode, ascii_mode
from tui.ui.frames import frame_updates
from tui.ui.input_queue import InputQueue, Marker
from tui.ui.key_bindings import keymap_of
from tui.ui.line_filters import FilterChain
from tui.ui.notices import ERROR_SECONDS, SECONDS, Notices
from tui.ui.notifications import BELL, notification
from tui.ui.painted_text import ControlCharacterFilter
from tui.ui.screens.chat import ChatScreen
from tui.ui.settings_check import key_problems, theme_problems
from tui.ui.theme.bold import ColouredBoldFilter
from tui.ui.theme.terminal_ground import has_dark_ground
from tui.ui.theme.themes import AUTO, DARK, LIGHT, Colours, our_themes, palette_of, theme_for
from tui.workspace.keys import Keys

if TYPE_CHECKING:
    from tui.config.settings import Settings
    from tui.ui.screens.chat_parts import ChatParts
    from tui.ui.terminal import GroundReported, TerminalResponded
    from tui.ui.widgets.composer import Composer
    from tui.ui.widgets.header import Header
    from tui.ui.widgets.key_bar import KeyBar


class LlmTuiApp(App[None]):
    """The app: one screen, and the dialogs above it."""

    TITLE = "llm-tui"
    NOTIFICATION_TIMEOUT = SECONDS
    # The table of commands has the palette and its key.
    ENABLE_COMMAND_PALETTE = False
    # Above every screen, dialogs too.
    BINDINGS: ClassVar = [Binding("ctrl+l", "repaint", show=False, id="repaint")]
    CSS = """
    ToastRack { dock: top; align: right top; margin: 1 1 0 0; height: auto; overflow: hidden; }
    Toast { width: 46; max-width: 90%; background: $raised; color: $text; padding: 0 1; margin: 0; max-height: 5; }
    Toast.-information { border-left: outer $accent; }
    Toast.-warning { border-left: outer $warning; }
    Toast.-error { border-left: outer $error; }
    """

    _theme_of_variables: str | None = None
    """The theme that the first widgets are styled with. None until one is chosen."""

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
        self._has_dark_ground = has_dark_ground(os.environ)
        for theme in our_themes():
            self.register_theme(theme)
        self._choose_theme()
        self._use_variables()
        self._ascii, self._ascii_filter = AsciiMode(), AsciiFilter()
        self._ascii.is_on = runtime.settings.ascii
        ascii_mode.set(self._ascii)
        self._frames = frame_updates(runtime.settings.terminal_updates, os.environ)
        # Holds back keys and pastes until the prompt is there.
        self._input = InputQueue(self, self._dispatch_input)
        self._bold_filter = ColouredBoldFilter()
        self._last_filter = ControlCharacterFilter()
        self._filter_chain = FilterChain(())
        self._notices = Notices(self, self._unnotify)

    def get_default_screen(self) -> Screen[None]:
        """The chat."""
        return ChatScreen(
            self._runtime,
            model=self._model,
            resume=self._resume,
            on_shown=self._input.start_typing,
            on_ready=self._start_input,
            make_parts=self._make_parts,
        )

    def _make_parts(self, chat: ChatScreen, header: Header, key_bar: KeyBar, composer: Composer) -> ChatParts:
        # Imported here, because the first picture needs none of it.
        from tui.ui.screens.chat_parts import ChatParts

        return ChatParts(
            chat,
            self._runtime,
            header,
            key_bar,
            composer,
            apply_theme=self._choose_theme,
            apply_settings=self._apply_settings,
            show_activity=self._show_activity,
            notify_user=self._notify_user,
            write_terminal=self._write_terminal,
            hold_input=self._input.hold,
            notices=self._notices,
        )

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables, and one for each colour role: `$dim`, `$you`, …"""
        if self._theme_of_variables is None:
            # Textual asks before the theme is chosen.
            return {}
        variables = super().get_css_variables()
        roles = palette_of(self.current_theme, variables, self._colours).variables
        self.theme_variables = {**variables, **roles}
        return self.theme_variables

    def refresh_css(self, animate: bool = True) -> None:  # as in Textual
        """Use another theme. Before there are widgets, nothing is parsed for them that would be parsed again."""
        if self.screen_stack:
            super().refresh_css(animate)
        elif self.theme != self._theme_of_variables:
            self._use_variables()

    def _use_variables(self) -> None:
        self._theme_of_variables = self.theme
        self.stylesheet.set_variables(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """Our driver in place of Textual's for Linux and macOS; Textual's own elsewhere."""
        driver = super().get_driver_class()
        if driver.__module__ != "textual.drivers.linux_driver":
            return driver
        from tui.ui.terminal import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What changes each painted line of every widget, as one filter."""
        theme = self.current_theme
        few_on_light = (self._bold_filter,) if theme.ansi and not theme.dark else ()
        ascii_only = (self._ascii_filter,) if self._ascii.is_on else ()
        filters = (*super().get_line_filters(), *ascii_only, *few_on_light, self._last_filter)
        if filters != self._filter_chain.filters:
            self._filter_chain = FilterChain(filters)
        return (self._filter_chain,)

    def on_mount(self) -> None:
        """Apply the user's keys, and handle signals."""
        settings = self._runtime.settings
        self._show_problems((*theme_problems(settings), *key_problems(settings)))
        self.set_keymap(keymap_of(self._keys))
        self.app_resume_signal.subscribe(self, lambda _: self.action_repaint())
        self._runtime.on_store_wait = self._show_store_wait
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            # Not available on Windows, or outside the main thread.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    def _show_store_wait(self, text: str) -> None:
        quit_key = self._keys.label("quit")
        self._notices.notify(f"{text} {quit_key} stops it; the next start does it again.", ERROR_SECONDS)

    def _show_problems(self, problems: Iterable[str]) -> None:
        for problem in problems:
            self.notify(safe_line(problem), severity="warning", markup=False, timeout=ERROR_SECONDS)

    def _apply_settings(self, before: Settings) -> None:
        """Use changed settings of the whole program at once.

        Args:
            before: The settings so far.
        """
        now = self._runtime.settings
        if now.theme != before.theme:
            self._show_problems(theme_problems(now))
            self._choose_theme()
        if now.keys != before.keys:
            self._show_problems(key_problems(now))
            self._keys.use(now.keys)
            self.set_keymap(keymap_of(self._keys))
        if now.terminal_updates != before.terminal_updates and self._frames is not None:
            self._frames.use(now.terminal_updates)
        if now.ascii != before.ascii:
            self._ascii.is_on = now.ascii
            for screen in self.screen_stack:
                for widget in screen.walk_children(with_self=True):
                    widget.notify_style_update()
                    widget.refresh()

    def _show_activity(self, title: str, is_busy: bool) -> None:
        """Show what is going on in the terminal's title and progress, where the driver can do that."""
        show = getattr(self._driver, "show_activity", None)
        if show is not None:
            show(title, is_busy=is_busy)

    def _notify_user(self, text: str) -> None:
        """Notify the user as the settings say, unless the terminal has the focus, or does not tell."""
        how = self._runtime.settings.notify
        write = getattr(self._driver, "notify_user", None)
        if how != "off" and not self.app_focus and write is not None:
            write(BELL if how == "bell" else notification(text, os.environ))

    def _write_terminal(self, text: str) -> None:
        """Send a sequence to the terminal, where the driver is ours: others have no terminal with graphics."""
        write = getattr(self._driver, "write_graphics", None)
        if write is not None and text:
            write(text)

    def on_terminal_responded(self, message: TerminalResponded) -> None:
        """Tell those who asked the terminal something."""
        chat = self.screen_stack[0]
        assert isinstance(chat, ChatScreen)
        chat.read_response(message)

    @property
    def follows_terminal_ground(self) -> bool:
        """Whether the theme depends on the terminal's ground."""
        return self._runtime.settings.theme == AUTO

    def on_ground_reported(self, message: GroundReported) -> None:
        """Use the theme for the terminal's ground."""
        self._has_dark_ground = message.is_dark
        self._choose_theme()

    @property
    def _colours(self) -> Colours:
        """How many colours to use. Without colours, themes become grey, for which they need all of them."""
        system = "truecolor" if self.no_color else self.console.color_system
        return 16 if system == "standard" else 256 if system == "256" else "all"

    def _choose_theme(self, name: str = "") -> None:
        """Use a theme; ours for the terminal's ground and number of colours, unless it is another's.

        Args:
            name: The theme's name in the settings. Empty for the one that is set.
        """
        wanted = name or self._runtime.settings.theme
        if wanted in (DARK, LIGHT) or wanted not in self.available_themes:
            is_dark = wanted == DARK or (wanted != LIGHT and self._has_dark_ground)
            wanted = theme_for(is_dark=is_dark, colours=self._colours)
        self.theme = wanted

    async def _start_input(self) -> None:
        await self._input.start()
        gc_tuning.freeze_and_resume_gc()
        if self._runtime.settings.keep_days:
            self.run_worker(self._delete_expired(), "delete expired")

    async def _delete_expired(self) -> None:
        """Delete conversations by age, and say how many."""
        from tui.chat.formatting import format_count
        from tui.runtime.retention import delete_expired

        with self._notices.reporting_errors():
            deleted = await delete_expired(self._runtime, but_latest=self._resume)
            if deleted:
                days = format_count(self._runtime.settings.keep_days, "day")
                self._notices.notify(
                    f"{format_count(deleted, 'conversation')} deleted: not used for {days} (keep_days).", ERROR_SECONDS
                )

    async def on_event(self, event: events.Event) -> None:
        """Queue input. Everything else is Textual's."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._notices.handle_key()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._input.put(event)
        else:
            await super().on_event(event)
        # A terminal that was resized, or that showed something else meanwhile, may have lost what we wrote.
        if isinstance(event, events.Resize | events.AppFocus):
            self.action_repaint_screen()

    async def _dispatch_input(self, event: events.Event) -> None:
        """Handle a key or a paste. A screen that asks for a key gets each one, before any binding."""
        capture = getattr(self.screen, "capture_key", None)
        if isinstance(event, events.Key) and capture is not None:
            capture(event)
        else:
            await super().on_event(event)

    def action_repaint(self) -> None:
        """Paint everything anew, and send pictures again: it may be another terminal."""
        chat = self.screen_stack[0]
        assert isinstance(chat, ChatScreen)
        chat.send_pictures_again()
        self.action_repaint_screen()

    def action_repaint_screen(self) -> None:
        """Paint everything anew."""
        if self._frames is not None:
            self._frames.forget()
        self.screen.refresh()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        # Private in Textual: a test notices if it is no longer called.
        frames = self._frames
        super()._display(screen, renderable if frames is None else frames.reduce(renderable, self.size))

    async def on_marker(self, marker: Marker) -> None:
        """What was typed before has been handled."""
        await self._input.handle_marker(marker)

    def pop_screen(self) -> AwaitComplete:
        """Go back to the screen below."""
        popped = super().pop_screen()
        self._input.handle_screen_removed()
        return popped

    def on_notify(self, event: Notify) -> None:
        """Every notice, of whichever widget, has the limits of all. Textual shows it afterwards."""
        self._notices.admit(event.notification)

    def on_resize(self) -> None:
        """Keep notices where they cover no keys."""
        self.call_after_refresh(self._notices.fit)

    async def action_quit(self) -> None:
        """Quit, unless something is going on and the user stays. Textual calls this for its own key."""
        confirm = getattr(self.screen, "confirm_quit", None)
        if confirm is not None:
            confirm()
        else:
            chat = self.screen_stack[0]
            assert isinstance(chat, ChatScreen)
            chat.action_command("quit")

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
        self._notices.notify(text)

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
