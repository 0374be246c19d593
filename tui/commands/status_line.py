"""One line on stderr that is replaced while work goes on."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Final

from tui.chat.formatting import format_seconds, truncate
from tui.chat.safe_text import safe_line
from tui.commands.progress import bar

_DEFAULT_WIDTH: Final = 80
_DRAW_INTERVAL_S: Final = 0.1
_MAX_BAR: Final = 30
_MIN_BAR: Final = 6
_MIN_LABEL: Final = 8
_WAY_OUT: Final = "Ctrl+C stops"

_QUIET_S: Final = 1.0
"""How long work may take without a word, where stderr is not a terminal."""

_LINE_INTERVAL_S: Final = 10.0
"""The time between two lines, where stderr is not a terminal."""

_MIN_FRACTION: Final = 0.02
"""From this part on, the time left can be estimated."""


class StatusLine:
    """Draws a line on stderr, in place of the one that it drew before."""

    def __init__(self) -> None:
        self.is_terminal = sys.stderr is not None and sys.stderr.isatty()
        """Whether a line can be drawn. If not, `draw` must not be called."""
        self.drawn = 0
        """The length of the drawn line."""

    @property
    def width(self) -> int:
        """How many characters fit."""
        try:
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
        except OSError:
            columns = 0
        return (columns or _DEFAULT_WIDTH) - 1

    def draw(self, text: str) -> None:
        """Replace the drawn line. Spaces instead of a control sequence, which a dumb terminal would show.

        Args:
            text: The new line, at most `width` characters. Empty removes the old one.
        """
        if not self.drawn and not text:
            return
        padding = " " * (self.drawn - len(text))
        sys.stderr.write(f"\r{text}{padding}" + ("" if text else "\r"))
        sys.stderr.flush()
        self.drawn = len(text)


class WorkProgress:
    """The progress of long work on stderr: a bar on a terminal, and a line now and then elsewhere."""

    def __init__(self, label: str, monotonic: Callable[[], float] = time.monotonic, *, draws_bar: bool = True) -> None:
        """Args:
        label: What is being done: `exporting`.
        monotonic: A monotonic clock, in seconds.
        draws_bar: Whether a bar is drawn on a terminal. If not, it gets lines too.
        """
        self._label = safe_line(label)
        self._monotonic = monotonic
        self._began_at = monotonic()
        self._shown_at: float | None = None
        self._line = StatusLine()
        self._draws = draws_bar and self._line.is_terminal

    def update(self, fraction: float | None, detail: str) -> None:
        """Show how far the work is. Most calls show nothing, so it may be called often.

        Args:
            fraction: The part that is done, from 0 to 1. None if it is unknown.
            detail: How much that is: `450 of 1,000 conversations`.
        """
        now = self._monotonic()
        if self._draws:
            if self._shown_at is None or now - self._shown_at >= _DRAW_INTERVAL_S:
                self._shown_at = now
                self._line.draw(self._drawn_text(fraction, detail, now))
        elif sys.stderr is not None and self._is_time_for_a_line(now):
            self._shown_at = now
            print("  ".join([self._label, *self._figures(fraction, detail, now)]), file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line, before something else is printed."""
        if self._draws:
            self._line.draw("")
            self._shown_at = None

    def _is_time_for_a_line(self, now: float) -> bool:
        if self._shown_at is None:
            return now - self._began_at >= _QUIET_S
        return now - self._shown_at >= _LINE_INTERVAL_S

    def _drawn_text(self, fraction: float | None, detail: str, now: float) -> str:
        """`exporting  [###---]  45 %  450 of 1,000 conversations  12 s left  (Ctrl+C stops)`, as much of it as fits."""
        width = self._line.width
        figures = self._figures(fraction, detail, now)
        ways = ("  ".join([*figures, f"({_WAY_OUT})"]), "  ".join(figures))
        # The way out is left out where it would cost the bar.
        right = next((each for each in ways if width - len(self._label) - len(each) - 6 >= _MIN_BAR), ways[-1])
        label = truncate(self._label, max(_MIN_LABEL, width - len(right) - 2))
        room = min(_MAX_BAR, width - len(label) - len(right) - 6)
        drawn = bar(fraction, room) if fraction is not None and room >= _MIN_BAR else ""
        return "  ".join(filter(None, (label, drawn, right)))[:width]

    def _figures(self, fraction: float | None, detail: str, now: float) -> list[str]:
        if fraction is None:
            return [detail]
        percent = f"{int(fraction * 100)} %"
        figures = [percent.rjust(5) if self._draws else percent, *filter(None, [detail])]
        if _MIN_FRACTION <= fraction < 1 and now - self._began_at >= _QUIET_S:
            figures.append(f"{format_seconds((now - self._began_at) * (1 - fraction) / fraction)} left")
        return figures
