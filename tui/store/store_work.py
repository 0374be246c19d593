"""Long work on the file of the conversations: an upgrade after an update of llm-tui, or a new search index."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from tui.errors import StoreError
from tui.light_dataclass import dataclass

UPGRADE: Final = "upgrading conversations"
INDEX: Final = "indexing messages"
WAIT: Final = "waiting for another llm-tui"

_QUIET_S: Final = 0.5
"""How long work may take before it is reported, and can be stopped."""

_REPORT_S: Final = 0.1
"""Seconds between two reports."""

ReportWork = Callable[[str, float], None]
"""Called with what is being done, and the part of it that is done, from 0 to 1. What it raises stops the work."""


@dataclass(frozen=True, slots=True)
class StoreWork:
    """How far the work is."""

    name: str
    """What is being done: `upgrading conversations`."""

    fraction: float
    """The part that is done, from 0 to 1."""

    state: Literal["running", "done", "stopped"] = "running"


def ignore_work(name: str, fraction: float) -> None:
    """Report nothing."""


class LongWork:
    """Reports work that takes long, and lets it be stopped. Work that is soon done is finished silently.

    All methods but `stop` are called in the thread that works.
    """

    def __init__(self, on_work: Callable[[StoreWork], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        """Args:
        on_work: Called with each report, and at the end of work that was reported.
        monotonic: A monotonic clock, in seconds.
        """
        self._on_work = on_work
        self._monotonic = monotonic
        self._began_at: float | None = None
        self._shown: StoreWork | None = None
        """The last report. None while nothing is reported."""
        self._shown_at = 0.0
        self._is_stopped = threading.Event()

    @property
    def is_long(self) -> bool:
        """Whether work is going on that takes long."""
        return self._shown is not None

    def stop(self) -> None:
        """Stop work that takes long, and all that begins later. May be called in another thread."""
        if self.is_long:
            self._is_stopped.set()

    def require_running(self) -> None:
        """Raise an error if work was stopped.

        Raises:
            StoreError: If `stop` had an effect.
        """
        if self._is_stopped.is_set():
            raise StoreError(
                "The saved conversations are as they were: their upgrade was stopped.",
                hint="The next start upgrades them.",
            )

    def report(self, name: str, fraction: float) -> None:
        """Report how far the work is. Implements `ReportWork`.

        Raises:
            StoreError: If the work is to stop.
        """
        self.require_running()
        now = self._monotonic()
        self._began_at = now if self._began_at is None else self._began_at
        is_due = self._shown is None or now - self._shown_at >= _REPORT_S
        if now - self._began_at >= _QUIET_S and is_due:
            self._shown, self._shown_at = StoreWork(name, fraction), now
            self._on_work(self._shown)

    def end(self) -> None:
        """The work is over, however it ended. No-op if there was none."""
        shown, self._shown, self._began_at = self._shown, None, None
        if shown is not None:
            self._on_work(replace(shown, state="stopped" if self._is_stopped.is_set() else "done"))
