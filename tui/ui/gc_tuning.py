"""When garbage is collected: not while the app starts, and never in what start-up made."""

from __future__ import annotations

import gc


def pause_gc() -> None:
    """Collect nothing for now.

    All that start-up makes stays. To look through it again and again would delay
    the first paint by a seventh.
    """
    gc.disable()


def freeze_and_resume_gc() -> None:
    """Collect from here on, but look through nothing of what is there by now: it stays.

    Only in a program that has put it off. Where apps come and go, as in tests, nothing stays.
    """
    if not gc.isenabled() or gc.get_freeze_count():
        gc.freeze()
        gc.enable()
