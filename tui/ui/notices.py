"""Short messages in a corner of the screen."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Final

from textual.widget import Widget

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError

_ERROR_S: Final = 10.0


class Notices:
    """Shows notices and errors, each for some seconds."""

    def __init__(self, screen: Widget) -> None:
        """Args:
        screen: Where they are shown.
        """
        self._screen = screen
        self._shown_until: dict[str, float] = {}
        """Errors on screen, and until when, on the monotonic clock."""

    def notify(self, text: str, seconds: float = 3.0) -> None:
        """Show a short text."""
        self._screen.notify(safe_line(text), markup=False, timeout=seconds)

    def show_error(self, error: LlmTuiError) -> None:
        """Show an error and its hint."""
        text = f"{safe_line(str(error))} {safe_line(error.hint)}".strip()
        now = time.monotonic()
        # Two requests that fail for the same reason show it once.
        if now >= self._shown_until.get(text, 0.0):
            self._shown_until[text] = now + _ERROR_S
            self._screen.notify(text, severity="error", markup=False, timeout=_ERROR_S)

    @contextlib.contextmanager
    def reporting_errors(self) -> Iterator[None]:
        """Show an error that is raised inside, and go on behind."""
        try:
            yield
        except LlmTuiError as error:
            self.show_error(error)
