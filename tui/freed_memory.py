"""Returns memory to the operating system that was freed in this process.

The C library keeps what is freed for later: after an answer of 100 MB, several times its size. glibc can be told to
return it; others return large blocks by themselves.
"""

from __future__ import annotations

import gc
from typing import Final

LARGE: Final = 1_000_000
"""Characters of an answer after which it is worth the time."""


def return_freed_memory(*, has_cycles: bool = False) -> None:
    """Return what can be returned. Takes some milliseconds, during which other threads run. No-op without glibc.

    Args:
        has_cycles: Whether objects that refer to each other have much of it, as a request and its response do. Then no
            other thread runs for some more milliseconds.
    """
    if has_cycles:
        gc.collect()
    # Imported here, because almost no answer is that large.
    import ctypes

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        # Another C library, or Windows.
        return
    trim(0)
