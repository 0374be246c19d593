"""What is said in passing: errors that belong to no turn, and a few words after a key."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Final

from textual.widget import Widget

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError

_COMPLAINS_S: Final = 10.0


class Notices:
    """Says things in a corner of the screen, for some seconds."""

    def __init__(self, screen: Widget) -> None:
        """Args:
        screen: Where.
        """
        self._screen = screen
        self._said_until: dict[str, float] = {}
        """Complaints, and until when each is on the screen."""

    def say(self, words: str, for_s: float = 3.0) -> None:
        """A few words, for some seconds."""
        self._screen.notify(safe_line(words), markup=False, timeout=for_s)

    def complain(self, error: LlmTuiError) -> None:
        """An error, and what to do."""
        words = f"{safe_line(str(error))} {safe_line(error.hint)}"
        now = time.monotonic()
        # Two that fail for one reason need not say so twice.
        if now >= self._said_until.get(words, 0.0):
            self._said_until[words] = now + _COMPLAINS_S
            self._screen.notify(words, severity="error", markup=False, timeout=_COMPLAINS_S)

    @contextlib.contextmanager
    def complaining(self) -> Iterator[None]:
        """Show an error where it would have gone on."""
        try:
            yield
        except LlmTuiError as error:
            self.complain(error)
