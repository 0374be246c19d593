"""Gives keys and pastes to the app one after the other, each when the one before it has had its effect.

Textual forwards a key to the widget that has the focus when it arrives. Of keys that arrive together, those behind a
key that moves the focus or opens a dialog would still go to the old widget. Here a marker follows each key through the
same queues, from the widget up to the app: what comes behind waits for it. Letters typed into an editor do not move the
focus, and need no marker of their own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from textual import events
from textual.app import App
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea

from tui.light_dataclass import dataclass

_ROUNDS: Final = 3
"""Markers for each key: a widget may answer a key with a message, whose handler posts another one."""

_MARKER_TIMEOUT_S: Final = 0.5
"""After which a marker is lost: its widget was removed, or does something else for long."""

_HOLD_POLL_S: Final = 0.005
_MAX_HOLD_S: Final = 1.0


@dataclass
class Marker(Message, bubble=True):
    """Follows a key."""

    number: int


class InputQueue:
    """The keys and pastes that have not been handled. Starts on hold, then takes letters, and at last every key."""

    def __init__(self, app: App[Any], dispatch: Callable[[events.Event], Awaitable[None]]) -> None:
        """Args:
        app: Has the focus, and gets the markers.
        dispatch: Handles one event, as Textual does.
        """
        self._app = app
        self._dispatch = dispatch
        self._waiting: deque[events.Event] = deque()
        self._has_started = False
        self._takes_letters = False
        self._is_dispatching = False
        self._letters_ahead = False
        """Whether letters were forwarded that the editor may not have handled."""
        self._target: Widget | None = None
        self._rounds = 0
        """Markers to wait for."""
        self._number = 0
        self._timeout: asyncio.TimerHandle | None = None
        self._held_while: Callable[[], bool] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether all input has had its effect."""
        return not (self._waiting or self._rounds or self._is_dispatching)

    async def start_typing(self) -> None:
        """Handle letters for the editor that has the focus, up to the first other key. That waits for `start`."""
        self._takes_letters = True
        await self._run()

    async def start(self) -> None:
        """Handle the input so far, and what comes from now on."""
        self._has_started = True
        await self._run()

    async def put(self, event: events.Event) -> None:
        """Handle an event in its turn."""
        self._waiting.append(event)
        await self._run()

    def hold(self, condition: Callable[[], bool]) -> None:
        """Hold input back while a condition is true, for a second at most."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _MAX_HOLD_S
        self._held_while = lambda: loop.time() < end and condition()
        if not self._rounds and not self._is_dispatching:
            # A click asked for it: no key has a marker on its way that would end it.
            self._wait(1)

    async def handle_marker(self, marker: Marker) -> None:
        """A marker reached the app: what was posted before it has been handled."""
        if marker.number == self._number:
            await self._next_round()

    def handle_screen_removed(self) -> None:
        """The current screen was removed, perhaps with a marker on its way."""
        if self._rounds:
            self._post_marker()

    async def _run(self) -> None:
        if self._is_dispatching:
            return
        self._is_dispatching = True
        try:
            while self._may_handle_next():
                is_letter = self._is_letter_for_editor(self._waiting[0])
                if self._letters_ahead and not is_letter:
                    self._letters_ahead = False
                    self._wait(1)
                    continue
                event = self._waiting.popleft()
                self._target = self._app.focused
                await self._dispatch(event)
                if is_letter:
                    self._letters_ahead = True
                else:
                    self._wait(_ROUNDS)
        finally:
            self._is_dispatching = False

    def _may_handle_next(self) -> bool:
        if not self._waiting or self._rounds or self._held_while is not None:
            return False
        event = self._waiting[0]
        is_letter = isinstance(event, events.Key) and self._takes_letters and self._is_letter_for_editor(event)
        return self._has_started or is_letter

    def _is_letter_for_editor(self, event: events.Event) -> bool:
        if not isinstance(self._app.focused, TextArea):
            return False
        return isinstance(event, events.Paste) or (
            isinstance(event, events.Key) and event.is_printable and "+" not in event.key[:-1]
        )

    def _wait(self, rounds: int) -> None:
        self._rounds = rounds
        self._post_marker()

    def _post_marker(self) -> None:
        self._number += 1
        if self._timeout is not None:
            self._timeout.cancel()
        if not self._app.screen_stack:
            # The app is closing.
            return
        marker = Marker(self._number)
        loop = asyncio.get_running_loop()
        self._timeout = loop.call_later(_MARKER_TIMEOUT_S, self._app.post_message, marker)
        target = self._target
        if target is None or not target.is_attached or target.screen is not self._app.screen:
            target = self._app.focused or self._app.screen
        if not target.post_message(marker):
            self._app.post_message(marker)

    async def _next_round(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
        self._number += 1
        self._rounds = max(0, self._rounds - 1)
        if self._rounds:
            self._post_marker()
        elif self._held_while is not None:
            if self._held_while():
                # A screen that was opened meanwhile handles its focus before this marker.
                self._rounds = 1
                asyncio.get_running_loop().call_later(_HOLD_POLL_S, self._post_marker)
            else:
                self._held_while = None
                self._wait(1)
        else:
            await self._run()
