"""Short messages at the top right: how many, for how long, and where. The last ones are kept, to be read again.

Textual draws the notices as cards on each screen. The app hands every notice to `Notices.admit`, whichever widget it
comes from, so that the same limits hold for all of them.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from textual.app import App
from textual.notifications import Notification
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets._toast import ToastRack

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.key_bar import KeyBar

SECONDS: Final = 4.0
"""How long a notice is shown."""

ERROR_SECONDS: Final = 10.0
"""How long an error or a warning is shown at most. A key removes it earlier."""

_READING_S: Final = 1.0
"""Seconds for which a key does not remove an error: it was pressed before the error could be read."""

_MOST_SHOWN: Final = 2
_MOST_KEPT: Final = 50
_TOP: Final = 1
"""The row of the first card."""


class Notices:
    """Shows notices and errors, and remembers them. Belongs to the app."""

    def __init__(self, app: App[None], remove: Callable[[Notification], None]) -> None:
        """Args:
        app: Shows them on its current screen.
        remove: Removes a notice from the screen.
        """
        self._app = app
        self._remove_from_screen = remove
        self._shown: list[Notification] = []
        """Notices that may still be on screen, the oldest first."""
        self._errors: dict[str, float] = {}
        """Errors on screen, and until when, on the monotonic clock."""
        self._history: deque[Notification] = deque(maxlen=_MOST_KEPT)

    @property
    def history(self) -> tuple[Notification, ...]:
        """The last notices, the latest first."""
        return tuple(reversed(self._history))

    def notify(self, text: str, seconds: float = SECONDS) -> None:
        """Show a short text."""
        self._app.notify(safe_line(text), markup=False, timeout=seconds)

    def show_error(self, error: LlmTuiError) -> None:
        """Show an error and its hint."""
        text = f"{safe_line(str(error))} {safe_line(error.hint)}".strip()
        # Two requests that fail for the same reason show it once.
        now = time.monotonic()
        if now >= self._errors.get(text, 0.0):
            self._errors[text] = now + ERROR_SECONDS
            self._app.notify(text, severity="error", markup=False, timeout=ERROR_SECONDS)

    @contextlib.contextmanager
    def reporting_errors(self) -> Iterator[None]:
        """Show an error that is raised inside, and go on behind."""
        try:
            yield
        except LlmTuiError as error:
            self.show_error(error)

    # Called by the app.

    def admit(self, notice: Notification) -> None:
        """Remember a notice that is about to be shown, and make room for it: the oldest one goes."""
        self._history.append(notice)
        self._shown = self._visible()
        for oldest in self._shown[: max(0, len(self._shown) - _MOST_SHOWN + 1)]:
            self._remove(oldest)
        self._shown.append(notice)
        self._app.call_after_refresh(self.fit)

    def handle_key(self) -> None:
        """Remove errors and warnings: the user goes on."""
        now = time.time()
        for notice in self._visible():
            if notice.severity != "information" and now - notice.raised_at >= _READING_S:
                self._remove(notice)

    def fit(self) -> None:
        """Keep the cards above composer, key bar and the keys of a dialog on the current screen."""
        if not self._app.screen_stack:
            return
        screen = self._app.screen
        rack = next(iter(screen.query(ToastRack)), None)
        if rack is not None:
            rack.styles.max_height = max(0, _lowest_row(screen) - _TOP)

    def _visible(self) -> list[Notification]:
        return [notice for notice in self._shown if not notice.has_expired]

    def _remove(self, notice: Notification) -> None:
        self._shown.remove(notice)
        # Textual 8.2 removes a card and leaves the row that held it, which would move later cards down.
        for screen in self._app.screen_stack:
            for row in screen.query(f"#{ToastRack._toast_id(notice)}"):  # noqa: SLF001
                row.display = False
        self._errors.pop(notice.message, None)
        self._remove_from_screen(notice)


def _lowest_row(screen: Screen[Any]) -> int:
    """The first row that cards must not cover."""
    kept_free: list[Widget] = [*screen.query(Composer), *screen.query(KeyBar)]
    return min((widget.region.y for widget in kept_free), default=screen.size.height)
