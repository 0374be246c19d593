"""Interrupting a call that uses too much CPU time."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time

import pytest

from tui.ui.markdown import cpu_limit
from tui.ui.markdown.cpu_limit import completes_within

needs_timers = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timers that send signals")

_ENDLESS_S = 0.02


def match_for_years() -> None:
    re.match("(a|aa)+b", "a" * 200)


def test_quick_call_completes() -> None:
    calls: list[int] = []

    assert completes_within(10, lambda: calls.append(1))
    assert calls == [1]


@needs_timers
def test_endless_match_is_interrupted() -> None:
    assert not completes_within(_ENDLESS_S, match_for_years)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


@needs_timers
def test_error_of_call_is_raised_and_limit_ends() -> None:
    def fail() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        completes_within(10, fail)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


@needs_timers
def test_late_signal_does_not_interrupt() -> None:
    assert completes_within(10, lambda: None)
    signal.raise_signal(signal.SIGVTALRM)


@needs_timers
def test_loading_is_not_interrupted() -> None:
    compiled: list[object] = []

    def process_tokendef() -> None:
        # The frame of `re.compile` may be interrupted, the loading around it not.
        while time.process_time() < began + 2 * _ENDLESS_S:
            compiled.append(re.compile("a"))

    began = time.process_time()
    assert completes_within(_ENDLESS_S, process_tokendef)
    assert compiled


@needs_timers
def test_other_packages_are_not_interrupted() -> None:
    def collect() -> None:
        while time.process_time() < began + 2 * _ENDLESS_S:
            pass

    began = time.process_time()
    assert completes_within(_ENDLESS_S, collect)


def test_call_in_other_thread_completes() -> None:
    completed: list[bool] = []
    thread = threading.Thread(target=lambda: completed.append(completes_within(10, lambda: None)))
    thread.start()
    thread.join()

    assert completed == [True]


def test_call_completes_without_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_limit, "CAN_INTERRUPT", False)

    assert completes_within(10, lambda: None)
