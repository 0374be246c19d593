"""The output of `llm-tui models pull` and other actions: a progress bar, or one JSON object per line."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, Protocol

from tui.chat.model_info import ModelProgress
from tui.commands.output import Output, print_error
from tui.commands.progress import ProgressLine
from tui.commands.status_line import StatusLine
from tui.errors import ProviderError

_DRAW_INTERVAL_S: Final = 0.1

_LINE_INTERVAL_S: Final = 10.0
"""Without a terminal, the longest time between two lines while the progress changes."""

_LINES: Final = 10
"""Without a terminal, how many lines the whole progress is divided into."""


class ActionOutput(Protocol):
    """Shows what happens to a model."""

    async def start(self, action: str, provider: str, model: str) -> None:
        """Show what begins."""
        ...

    async def progress(self, progress: ModelProgress) -> None:
        """Show a report."""
        ...

    async def done(self, text: str) -> None:
        """Show that it has been done.

        Args:
            text: What has been done, as a sentence.
        """
        ...

    async def failed(self, error: ProviderError) -> None:
        """Show why it has not been done."""
        ...


class TextActionOutput:
    """Shows the progress on stderr, and prints what has been done on stdout.

    A terminal gets a progress bar. A file or a pipe gets a line for each new status, each tenth of the progress, and
    at least every 10 seconds.
    """

    def __init__(self, output: Output, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Args:
        output: The standard output.
        monotonic: A monotonic clock, in seconds.
        """
        self._output = output
        self._monotonic = monotonic
        self._line = ProgressLine()
        self._status = StatusLine()
        self._drawn_at = 0.0
        self._redraw: asyncio.TimerHandle | None = None
        """Draws the latest report when the line may be drawn again. None if it is drawn."""
        self._printed: ModelProgress | None = None
        """The report of the last line, without a terminal."""
        self._printed_at = 0.0

    async def start(self, action: str, provider: str, model: str) -> None:
        """Print nothing: the progress says it."""

    async def progress(self, progress: ModelProgress) -> None:
        """Draw the bar, or print a line if there is enough news."""
        now = self._monotonic()
        self._line.update(progress, now)
        if self._status.is_terminal:
            if self._redraw is None:
                loop = asyncio.get_running_loop()
                self._redraw = loop.call_at(self._drawn_at + _DRAW_INTERVAL_S, self._draw_line)
        elif sys.stderr is not None and self._is_worth_a_line(progress, now):
            self._printed, self._printed_at = progress, now
            if text := self._line.plain_text():
                print(text, file=sys.stderr, flush=True)

    async def done(self, text: str) -> None:
        """Remove the bar, and print the sentence."""
        self._stop_drawing()
        self._status.draw("")
        await self._output.write(f"{text}\n")

    async def failed(self, error: ProviderError) -> None:
        """Leave the bar as it was last, and print the error below."""
        if self._stop_drawing() or self._status.drawn:
            self._draw_line()
            sys.stderr.write("\n")
        print_error(str(error), error.hint)

    def _is_worth_a_line(self, progress: ModelProgress, now: float) -> bool:
        before = self._printed
        if before is None or progress.status != before.status or _tenth(progress) != _tenth(before):
            return True
        return progress != before and now - self._printed_at >= _LINE_INTERVAL_S

    def _stop_drawing(self) -> bool:
        """Whether a report was still to be drawn. It is not drawn any more."""
        if self._redraw is None:
            return False
        self._redraw.cancel()
        self._redraw = None
        return True

    def _draw_line(self) -> None:
        self._redraw = None
        self._drawn_at = asyncio.get_running_loop().time()
        self._status.draw(self._line.text(self._status.width))


class JSONActionOutput:
    """Prints `start`, then `progress`, and last `done` or `error`, each as one JSON object on a line of stdout."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._last: ModelProgress | None = None

    async def start(self, action: str, provider: str, model: str) -> None:
        """Print what begins."""
        await self._output.write_json({"type": "start", "action": action, "provider": provider, "model": model})

    async def progress(self, progress: ModelProgress) -> None:
        """Print a report, unless it repeats the last one."""
        if progress != self._last:
            self._last = progress
            await self._output.write_json({"type": "progress", **asdict(progress)})

    async def done(self, text: str) -> None:  # noqa: ARG002
        """Print that it has been done."""
        await self._output.write_json({"type": "done"})

    async def failed(self, error: ProviderError) -> None:
        """Print the error."""
        await self._output.write_json(
            {"type": "error", "kind": error.kind, "message": str(error), "status": error.status, "hint": error.hint}
        )


def _tenth(progress: ModelProgress) -> int:
    return 0 if progress.fraction is None else int(progress.fraction * _LINES)
