"""One line about a download or load: bar, bytes, speed and time left. Pure: the caller has the clock."""

from __future__ import annotations

from collections import deque
from typing import Final

from tui.chat.formatting import format_seconds, format_size, truncate
from tui.chat.model_info import ModelProgress
from tui.chat.safe_text import safe_line

_SPEED_WINDOW_S: Final = 5.0
_MAX_BAR: Final = 30
_MIN_BAR: Final = 6
_MIN_STATUS: Final = 12


class ProgressLine:
    """Measures the speed of a download, and formats its progress."""

    def __init__(self) -> None:
        self._progress = ModelProgress("")
        self._samples: deque[tuple[float, int]] = deque()
        """Times and downloaded bytes of the last seconds."""

    def update(self, progress: ModelProgress, now: float) -> None:
        """Take in a report.

        Args:
            progress: The report.
            now: The time in seconds, on a monotonic clock.
        """
        # When another layer begins, or a download continues, the bytes that are there already do not count as speed.
        if progress.total_bytes != self._progress.total_bytes or _done(progress) < _done(self._progress):
            self._samples.clear()
        if progress.done_bytes is not None:
            self._samples.append((now, progress.done_bytes))
        # One older sample stays, so that the samples span the whole window.
        while len(self._samples) > 2 and self._samples[1][0] <= now - _SPEED_WINDOW_S:
            self._samples.popleft()
        self._progress = progress

    @property
    def bytes_per_second(self) -> float | None:
        """The speed of the last seconds. None while it is unknown."""
        if len(self._samples) < 2:
            return None
        (first_at, first), (last_at, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else None

    def text(self, width: int) -> str:
        """The line, at most `width` characters: `pulling 7cd4  [###---]  45 %  2.1 GB of 4.7 GB  23 MB/s  2 s left`."""
        progress = self._progress
        figures = [] if progress.fraction is None else [f"{progress.fraction * 100:3.0f} %"]
        figures += self._bytes()
        right = "  ".join(figures)
        status = safe_line(progress.status)
        room = width - len(right) - 4
        status = truncate(status, max(_MIN_STATUS, room - _MIN_BAR - 2))
        bar_width = min(_MAX_BAR, room - len(status) - 2)
        drawn = ""
        if progress.fraction is not None and bar_width >= _MIN_BAR:
            drawn = bar(progress.fraction, bar_width)
        return "  ".join(part for part in (status, drawn, right) if part)[:width]

    def plain_text(self) -> str:
        """The line without a bar, for a log: `downloading  45 %  2.1 GB of 4.7 GB  23 MB/s  1 min 53 s left`."""
        progress = self._progress
        percent = "" if progress.fraction is None else f"{int(progress.fraction * 100)} %"
        return "  ".join(filter(None, [safe_line(progress.status), percent, *self._bytes()]))

    def _bytes(self) -> list[str]:
        progress = self._progress
        if progress.done_bytes is None:
            return []
        if progress.total_bytes is None:
            return [format_size(progress.done_bytes)]
        figures = [f"{format_size(progress.done_bytes)} of {format_size(progress.total_bytes)}"]
        left = progress.total_bytes - progress.done_bytes
        if left > 0 and (speed := self.bytes_per_second):
            figures += [f"{format_size(round(speed))}/s", f"{format_seconds(left / speed)} left"]
        return figures


def bar(fraction: float, width: int) -> str:
    """A bar: `[###---]`.

    Args:
        fraction: The part that is done, from 0 to 1.
        width: Characters between the brackets.
    """
    filled = int(fraction * width)
    return f"[{'#' * filled}{'-' * (width - filled)}]"


def _done(progress: ModelProgress) -> int:
    return progress.done_bytes or 0
