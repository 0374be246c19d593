"""Pauses garbage collection during start-up, and excludes start-up objects from later collections."""

from __future__ import annotations

import gc


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
        gc.enable()
