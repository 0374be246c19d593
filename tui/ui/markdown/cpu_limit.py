"""Limits the CPU time of a call, even inside a single match of a regular expression.

A match holds the GIL until it ends, so neither a thread nor an asyncio timeout can
interrupt it. But `re` checks for signals while it matches, and a signal handler may
raise an exception.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

_LOADING: Final = frozenset({"_find_and_load", "process_tokendef"})
"""Functions that import a module, or compile the patterns of a Pygments lexer.

They are not interrupted: their result is kept, and an interrupted one would start again at the next call.
"""

_INTERRUPTIBLE: Final = ("pygments", "re", "tui")
"""Packages whose code is interrupted. An exception in other code, such as a finalizer, could be lost."""

_RETRY_S: Final = 0.005
"""CPU time after which the interruption is tried again, in seconds."""

CAN_INTERRUPT: Final = hasattr(signal, "setitimer")
"""Whether the platform has timers that send signals. Windows has not."""

_is_limited = False


class _LimitExceeded(BaseException):
    """Raised by the signal handler. Not an `Exception`, so that the interrupted code does not catch it."""


def completes_within(seconds: float, work: Callable[[], object]) -> bool:
    """Run a function, and interrupt it when it has used too much CPU time.

    Does not interrupt in other threads than the main one, nor on Windows.

    Args:
        seconds: The limit, in seconds of CPU time.
        work: The function. Must be safe to interrupt anywhere.

    Returns:
        Whether the function has returned. False if it was interrupted.
    """
    global _is_limited
    if not CAN_INTERRUPT or threading.current_thread() is not threading.main_thread():
        work()
        return True
    signal.signal(signal.SIGVTALRM, _interrupt)
    try:
        try:
            _is_limited = True
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _RETRY_S)
            work()
        finally:
            _is_limited = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _LimitExceeded:
        _is_limited = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return False
    return True


def _interrupt(_number: int, frame: FrameType | None) -> None:
    if _is_limited and frame is not None and _can_interrupt(frame):
        raise _LimitExceeded


def _can_interrupt(frame: FrameType) -> bool:
    if str(frame.f_globals.get("__name__")).partition(".")[0] not in _INTERRUPTIBLE:
        return False
    outer: FrameType | None = frame
    while outer is not None:
        if outer.f_code.co_name in _LOADING:
            return False
        outer = outer.f_back
    return True
