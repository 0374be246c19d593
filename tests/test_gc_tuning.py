"""Garbage collection is paused during start-up and resumed afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui import gc_tuning


@pytest.fixture(autouse=True)
def _restore_gc() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_startup_objects_are_frozen() -> None:
    gc_tuning.pause_gc()
    assert not gc.isenabled()
    gc_tuning.freeze_and_resume_gc()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_second_freeze_includes_new_objects() -> None:
    gc_tuning.pause_gc()
    gc_tuning.freeze_and_resume_gc()
    before = gc.get_freeze_count()
    more: list[list[str]] = [[] for _ in range(1000)]
    gc_tuning.freeze_and_resume_gc()
    assert gc.get_freeze_count() >= before + len(more)


def test_resume_without_pause_freezes_nothing() -> None:
    gc_tuning.freeze_and_resume_gc()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
