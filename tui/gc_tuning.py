"""Keeps garbage collection from slowing down the start and the end of the program.

The modules and classes that are made during the start are never garbage, but each collection would scan them.
"""

from __future__ import annotations

import gc
from typing import Final

_USUAL_THRESHOLDS: Final = gc.get_threshold()
_MORE_THAN_A_START_MAKES: Final = 200_000


def collect_rarely() -> None:
    """Collect no garbage while a command starts, where the usual is a hundred times, and rarely afterwards."""
    gc.set_threshold(_MORE_THAN_A_START_MAKES, *_USUAL_THRESHOLDS[1:])


def skip_last_collections() -> None:
    """Do not collect garbage when the process ends, which takes as long as all imports of our own.

    Call it when everything is closed: objects in reference cycles are not finalized any more.
    """
    gc.freeze()


def pause_gc() -> None:
    """Pause garbage collection.

    Objects made during start-up live as long as the app. Scanning them repeatedly
    would delay the first paint by a seventh.
    """
    gc.disable()


def freeze_and_resume_gc() -> None:
    """Exclude all existing objects from garbage collection, and resume it.

    Does nothing unless `pause_gc` was called before: tests run many apps in one
    process, where frozen objects would leak.
    """
    if not gc.isenabled() or gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(*_USUAL_THRESHOLDS)
        gc.enable()
