"""The four clocks of one request: connect, first token, idle and total."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Literal

from tui.errors import ConnectTimedOut, FirstTokenTimedOut, IdleTimedOut, ProviderError, TotalTimedOut
from tui.limits import TimeLimits as TimeLimits

GRACE_S: Final = 5.0
"""How long a finished answer waits for what may still come after its finish reason: usage, `[DONE]`, the end."""

_OVERSLEPT_S: Final = 1.0
"""A timer that rings so much too late says that this process was not running: suspended, or its machine asleep."""

_NEVER: Final = float("inf")


class GraceOver(Exception):
    """Nothing came any more after an answer had finished. No failure: the server merely holds the socket open."""


Phase = Literal["connecting", "waiting", "answering", "finished"]
"""Which part of a request is under way. `waiting` is for the first of the answer, `finished` for its tail."""


class Clocks:
    """Watches one request, and ends a wait on the socket that takes too long.

    One timer that arms itself again serves all four, so a chunk costs two
    readings of the time. Only waiting for the server counts: what a slow
    reader takes is no silence of the server's, nor is the time that this process was
    suspended: what the server sent meanwhile is read first.

    `with clocks.waiting(): …` surrounds each wait.
    """

    def __init__(self, limits: TimeLimits, server: str, began: float | None = None) -> None:
        """Args:
        limits: The four limits.
        server: Who is waited for, for the messages.
        began: When the first try began, by the loop's time: the total counts from there. None is now.
        """
        self._limits = limits
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time() if began is None else began
        self._phase: Phase = "connecting"
        self._since = self._loop.time()
        self._without_content = 0.0
        self._left = self._since
        """When the last wait was over, or something of the answer came after it."""
        self._task: asyncio.Task[object] | None = None
        self._cancels_before = 0
        self._timer: asyncio.TimerHandle | None = None
        self._expired: Exception | None = None

    def enter(self, phase: Phase) -> None:
        """Say that the next part of the request has begun."""
        if phase != self._phase:
            self._phase = phase
            self._since = self._loop.time()
            self._without_content = 0.0
            self._arm()

    def content_arrived(self) -> None:
        """Say that something of the answer came, which a keep-alive is not."""
        if self._phase in ("connecting", "waiting"):
            self.enter("answering")
        self._without_content = 0.0
        self._left = self._loop.time()

    def check(self) -> None:
        """Look at the clocks where nothing may have to be waited for: then the loop never comes to ring the timer.

        What it took to read what was no answer counts too. Not where that was long: then somebody else took it.

        Raises:
            ProviderError, GraceOver: When a clock ran out.
        """
        now = self._loop.time()
        if now - self._left < _OVERSLEPT_S:
            self._without_content += now - self._left
        self._left = now
        is_over = now >= self._began + (self._limits.total or _NEVER) and self._phase != "finished"
        if is_over or self._without_content >= self._patience():
            self._since = now
            raise self._what_expired()

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancels_before = self._task.cancelling()
        self._since = self._loop.time()
        if self._timer is None:
            self._arm()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        assert task is not None
        self._left = self._loop.time()
        waited = self._left - self._since
        if self._timer is not None and self._left >= self._timer.when() + _OVERSLEPT_S:
            # It could not ring: this process was not running. What came meanwhile is read first.
            waited = max(0.0, self._timer.when() - self._since - _OVERSLEPT_S)
        self._without_content += waited
        if self._expired is not None:
            expired, self._expired = self._expired, None
            # When somebody else cancelled in the same moment, theirs comes first.
            if task.uncancel() <= self._cancels_before and exc_type is asyncio.CancelledError:
                raise expired from exc

    def _deadline(self) -> float:
        limits = self._limits
        overall = self._began + (limits.total or _NEVER)
        if self._phase == "connecting":
            return min(overall, self._since + (limits.connect or _NEVER))
        if self._phase == "finished":
            return self._since - self._without_content + GRACE_S
        if self._phase == "answering" and limits.idle:
            # Keep-alives are life, so each of them begins the silence anew. But they are no answer.
            overall = min(overall, self._since + limits.idle)
        return min(overall, self._since - self._without_content + self._patience())

    def _patience(self) -> float:
        """How long it may last without anything of the answer, whatever else arrives."""
        limits = self._limits
        first_token = limits.first_token or _NEVER
        by_phase: dict[Phase, float] = {
            "connecting": _NEVER,
            "waiting": first_token,
            "answering": max(first_token, limits.idle) if limits.idle else _NEVER,
            "finished": GRACE_S,
        }
        return by_phase[self._phase]

    def _arm(self) -> None:
        self.stop()
        deadline = self._deadline()
        if deadline < _NEVER:
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._task is None:
            return
        late = self._loop.time() - self._deadline()
        if late < 0:
            self._arm()
            return
        if late >= _OVERSLEPT_S and self._phase != "finished":
            self._began += late + _OVERSLEPT_S
            self._since += late + _OVERSLEPT_S
            self._arm()
            return
        self._expired = self._what_expired()
        self._task.cancel()

    def _what_expired(self) -> Exception:
        limits = self._limits
        now = self._loop.time()
        if self._phase == "finished":
            return GraceOver()
        if now >= self._began + (limits.total or _NEVER):
            return _error(TotalTimedOut, f"{self._server} did not finish within {_s(limits.total)}.", "total")
        if self._phase == "connecting":
            return _error(ConnectTimedOut, f"No connection to {self._server} within {_s(limits.connect)}.", "connect")
        if self._phase == "waiting":
            message = f"{self._server} sent nothing of an answer within {_s(limits.first_token)}."
            return _error(FirstTokenTimedOut, message, "first_token")
        if now >= self._since + (limits.idle or _NEVER):
            message = f"{self._server} fell silent in the middle of the answer, for {_s(limits.idle)}."
            return _error(IdleTimedOut, message, "idle")
        patience = max(limits.first_token, limits.idle)
        message = f"{self._server} sent nothing more of the answer for {_s(patience)}, only signs that it is there."
        return _error(IdleTimedOut, message, "keep_alive")


_HINTS: Final = {
    "connect": "Check the address and that nothing in between blocks it",
    "first_token": "A cold model can load for minutes, and a long prompt takes its time",
    "idle": "The server may have crashed or be overloaded",
    "total": "The limit is yours",
    "keep_alive": "It may be stuck. What is no answer may not take longer than the first word of one",
}


def _error(kind: type[ProviderError], message: str, clock: str) -> ProviderError:
    key = "first_token" if clock == "keep_alive" else clock
    return kind(message, hint=f"{_HINTS[clock]}; timeouts.{key} sets how long to wait (0: no limit).")


def _s(seconds: float) -> str:
    return f"{seconds:g} s"
