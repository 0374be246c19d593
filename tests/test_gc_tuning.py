"""Garbage collection is paused during start-up and resumed afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tui import gc_tuning

_PROGRAM = """
import sys
from tui.cli import main

class Garbage:
    def __init__(self):
        self.cycle = self
    def __del__(self):
        print("collected")

Garbage()
sys.argv = sys.argv[1:]
sys.exit(main())
"""
"""Runs the program with an object that only a collection finalizes."""


@pytest.fixture(autouse=True)
def _restore_gc() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
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


def test_commands_collect_rarely_until_the_chat_is_ready() -> None:
    # The tests have thresholds of their own.
    gc.set_threshold(*gc_tuning._USUAL_THRESHOLDS)
    gc_tuning.collect_rarely()
    assert gc.isenabled()
    assert gc.get_threshold()[0] > gc_tuning._USUAL_THRESHOLDS[0]
    gc_tuning.pause_gc()
    gc_tuning.freeze_and_resume_gc()
    assert gc.get_threshold() == gc_tuning._USUAL_THRESHOLDS


def test_nothing_is_collected_when_the_process_ends() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "llm-tui", "--version"], check=True, capture_output=True, text=True
    )
    assert ran.stdout.startswith("llm-tui ")
    assert "collected" not in ran.stdout
