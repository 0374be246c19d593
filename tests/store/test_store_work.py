"""LongWork: what is reported of work on the file, and when it can be stopped."""

from __future__ import annotations

import pytest

from tui.errors import StoreError
from tui.store.store_work import LongWork, StoreWork


class SteppedClock:
    """A clock that only the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_short_work_is_neither_reported_nor_stopped() -> None:
    reports: list[StoreWork] = []
    work = LongWork(reports.append, SteppedClock())
    work.report("indexing", 0.5)
    work.stop()
    work.report("indexing", 1.0)
    work.end()
    work.require_running()
    assert reports == []


def test_long_work_is_reported_now_and_then_and_at_its_end() -> None:
    reports: list[StoreWork] = []
    clock = SteppedClock()
    work = LongWork(reports.append, clock)
    for step in range(20):
        clock.now = step * 0.0625
        work.report("indexing", step / 20)
    assert work.is_long
    work.end()
    assert [report.fraction for report in reports[:-1]] == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert reports[-1] == StoreWork("indexing", 0.9, "done")
    assert not work.is_long


def test_long_work_is_stopped_and_does_not_begin_again() -> None:
    reports: list[StoreWork] = []
    clock = SteppedClock()
    work = LongWork(reports.append, clock)
    work.report("upgrading", 0.0)
    clock.now = 1.0
    work.report("upgrading", 0.25)
    work.stop()
    with pytest.raises(StoreError, match="are as they were"):
        work.report("upgrading", 0.5)
    work.end()
    assert reports[-1] == StoreWork("upgrading", 0.25, "stopped")
    with pytest.raises(StoreError):
        work.require_running()
