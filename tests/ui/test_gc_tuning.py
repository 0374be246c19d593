"""Garbage: put off while the app starts, and collected from then on."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui.ui import gc_tuning


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_is_there_when_the_app_is_on_screen_is_not_looked_through_any_more() -> None:
    gc_tuning.pause_gc()
    assert not gc.isenabled()
    gc_tuning.freeze_and_resume_gc()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_what_was_loaded_for_the_first_answer_is_not_either() -> None:
    gc_tuning.pause_gc()
    gc_tuning.freeze_and_resume_gc()
    before = gc.get_freeze_count()
    more: list[list[str]] = [[] for _ in range(1000)]
    gc_tuning.freeze_and_resume_gc()
    assert gc.get_freeze_count() >= before + len(more)


def test_where_nobody_put_it_off_everything_is_collected_as_ever() -> None:
    gc_tuning.freeze_and_resume_gc()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
