"""The four timeouts of a request: connect, first token, idle and total.

A single timer, re-armed when it fires early, serves all four, so that a chunk costs two readings of the clock and no
timer operations. Only time spent waiting for the server counts: not the time a slow consumer takes, and not the time
this process was suspended, after which the bytes that arrived meanwhile are read first.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Literal

from tui.errors import ConnectTimedOut, FirstTokenTimedOut, IdleTimedOut, ProviderError, TotalTimedOut
from tui.limits import TimeLimits

DRAIN_TIMEOUT_S: Final = 5.0
"""How long to wait, after the finish reason of an answer, for what may follow: usage, `[DONE]`, the end of the body."""

_SUSPEND_THRESHOLD_S: Final = 1.0
"""A timer that fires this late means that the process or its machine was suspended."""

_NEVER: Final = float("inf")


class DrainTimeout(Exception):
    """Nothing more arrived after a complete answer. Not a failure: the server merely keeps the connection open."""


Phase = Literal["connecting", "waiting", "answering", "finished"]
"""The part of a request in progress. `waiting` is for the first content; `finished` reads what follows the answer."""


class Clocks:
    """The timeouts of one request: ends a wait for the socket that takes too long.

    `with clocks: …` surrounds each wait.
    """

    def __init__(self, limits: TimeLimits, server: str, began: float | None = None) -> None:
        """Args:
        limits: The four timeouts.
        server: The server's name, for error messages.
        began: When the first attempt of the request began, in the loop's time; the total timeout counts from there.
            None means now.
        """
        self._limits = limits
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time() if began is None else began
        self._phase: Phase = "connecting"
        self._wait_began = self._loop.time()
        """When the phase or the current wait began, whichever is later."""
        self._waited_without_content = 0.0
        """Seconds waited since the last content, without the current wait."""
        self._last_activity = self._wait_began
        """When the last wait ended, or content arrived after it."""
        self._task: asyncio.Task[object] | None = None
        """The waiting task. None between waits."""
        self._cancel_requests_before = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timeout_error: Exception | None = None

    def enter(self, phase: Phase) -> None:
        """Begin a phase. No-op if it is the current one."""
        if phase != self._phase:
            self._phase = phase
            self._wait_began = self._loop.time()
            self._waited_without_content = 0.0
            self._arm()

    def content_arrived(self) -> None:
        """Restart the timeouts for content. A keep-alive is not content."""
        # After `finished` as well: some servers send a finish reason with every chunk.
        self.enter("answering")
        self._waited_without_content = 0.0
        self._last_activity = self._loop.time()

    def check(self) -> None:
        """Check the timeouts between waits.

        While data is always available, no wait suspends the task, and the event loop never runs the timer. Time spent
        on data without content counts here, except for a long time: the consumer took that, not the server.

        Raises:
            ProviderError, DrainTimeout: If a timeout has expired.
        """
        now = self._loop.time()
        if now - self._last_activity < _SUSPEND_THRESHOLD_S:
            self._waited_without_content += now - self._last_activity
        self._last_activity = now
        total_expired = now >= self._began + (self._limits.total or _NEVER) and self._phase != "finished"
        if total_expired or self._waited_without_content >= self._content_timeout():
            self._wait_began = now
            raise self._expired_error()

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancel_requests_before = self._task.cancelling()
        self._wait_began = self._loop.time()
        if self._timer is None:
            self._arm()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        assert task is not None
        self._last_activity = self._loop.time()
        waited = self._last_activity - self._wait_began
        if self._timer is not None and self._last_activity >= self._timer.when() + _SUSPEND_THRESHOLD_S:
            # The timer is overdue, so the process was suspended. The bytes that arrived meanwhile are read first.
            waited = max(0.0, self._timer.when() - self._wait_began - _SUSPEND_THRESHOLD_S)
        self._waited_without_content += waited
        if self._timeout_error is not None:
            error, self._timeout_error = self._timeout_error, None
            # A cancellation by the user at the same moment takes precedence.
            if task.uncancel() <= self._cancel_requests_before and exc_type is asyncio.CancelledError:
                raise error from exc

    def _deadline(self) -> float:
        limits = self._limits
        overall = self._began + (limits.total or _NEVER)
        if self._phase == "connecting":
            return min(overall, self._wait_began + (limits.connect or _NEVER))
        if self._phase == "finished":
            return self._wait_began - self._waited_without_content + DRAIN_TIMEOUT_S
        if self._phase == "answering" and limits.idle:
            # Keep-alives restart the idle timeout, but not the one for content.
            overall = min(overall, self._wait_began + limits.idle)
        return min(overall, self._wait_began - self._waited_without_content + self._content_timeout())

    def _content_timeout(self) -> float:
        """How long this phase may last without content, whatever else arrives."""
        limits = self._limits
        first_token = limits.first_token or _NEVER
        by_phase: dict[Phase, float] = {
            "connecting": _NEVER,
            "waiting": first_token,
            "answering": max(first_token, limits.idle) if limits.idle else _NEVER,
            "finished": DRAIN_TIMEOUT_S,
        }
        return by_phase[self._phase]

    def _arm(self) -> None:
        self.stop()
        deadline = self._deadline()
        if deadline < _NEVER:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._task is None:
            return
        late = self._loop.time() - self._deadline()
        if late < 0:
            self._arm()
            return
        if late >= _SUSPEND_THRESHOLD_S and self._phase != "finished":
            self._began += late + _SUSPEND_THRESHOLD_S
            self._wait_began += late + _SUSPEND_THRESHOLD_S
            self._arm()
            return
        self._timeout_error = self._expired_error()
        self._task.cancel()

    def _expired_error(self) -> Exception:
        """Create the error for the timeout that has expired."""
        limits = self._limits
        now = self._loop.time()
        if self._phase == "finished":
            return DrainTimeout()
        if now >= self._began + (limits.total or _NEVER):
            return _error(TotalTimedOut, f"{self._server} did not finish within {_s(limits.total)}.", "total")
        if self._phase == "connecting":
            return _error(ConnectTimedOut, f"No connection to {self._server} within {_s(limits.connect)}.", "connect")
        if self._phase == "waiting":
            message = f"{self._server} did not begin its answer within {_s(limits.first_token)}."
            return _error(FirstTokenTimedOut, message, "first_token")
        if now >= self._wait_began + (limits.idle or _NEVER):
            message = f"{self._server} sent nothing for {_s(limits.idle)} during the answer."
            return _error(IdleTimedOut, message, "idle")
        content_timeout = max(limits.first_token, limits.idle)
        message = f"{self._server} sent only keep-alives for {_s(content_timeout)} during the answer."
        return _error(IdleTimedOut, message, "keep_alive")


_HINTS: Final = {
    "connect": "Check the address, and that no firewall blocks it",
    "first_token": "A model can take minutes to load, and a long prompt takes time",
    "idle": "The server may have crashed or be overloaded",
    "total": "This limit comes from your settings",
    "keep_alive": "The server may be stuck. Keep-alives may last as long as the wait for the first token",
}


def _error(error_type: type[ProviderError], message: str, timeout: str) -> ProviderError:
    key = "first_token" if timeout == "keep_alive" else timeout
    return error_type(message, hint=f"{_HINTS[timeout]}; timeouts.{key} sets how long to wait (0: no limit).")


def _s(seconds: float) -> str:
    return f"{seconds:g} s"
