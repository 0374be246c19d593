"""Holds the next frame back for a moment, for what belongs into the same picture."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from textual.screen import Screen
from textual.timer import Timer

from tui.ui.frames.immediate import paint_all_at_once

_LONGEST_S: Final = 0.05
"""Later, what has changed so far is painted: a slow disk must not look like a key that was not heard."""


class FrameHold:
    """Paints nothing from `begin` to `end`, for 50 ms at most."""

    def __init__(self, screen: Screen[Any]) -> None:
        """Args:
        screen: The screen whose frames are held back.
        """
        self._screen = screen
        self._batch = ExitStack()
        self._timer: Timer | None = None

    def begin(self) -> None:
        """Hold frames back, from now on again if they are held back already."""
        self.end()
        self._batch.enter_context(self._screen.app.batch_update())
        self._timer = self._screen.set_timer(_LONGEST_S, self.end)

    def end(self) -> None:
        """Paint what has changed. Does nothing if no frames are held back."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._batch.close()
            paint_all_at_once(self._screen)
            # The screen may have been idle meanwhile, and starts its next frame when it is idle again.
            self._screen.check_idle()
