"""Returns memory to the operating system that was freed in this process.

The C library keeps what is freed for later: after an answer of 100 MB, several times its size. glibc can be told to
return it; others return large blocks by themselves.
"""

from __future__ import annotations

import gc
from functools import cache
from typing import Final

LARGE: Final = 1_000_000
"""Characters of an answer after which it is worth the time."""

BLOCK: Final = 2**18
"""Bytes of a block that is returned as soon as it is freed, see `return_large_blocks`."""

_MMAP_THRESHOLD: Final = -3
"""`M_MMAP_THRESHOLD` of glibc's malloc.h."""


@cache
def return_large_blocks() -> None:
    """From now on, return blocks of `BLOCK` bytes when they are freed, and let them grow without a copy.

    glibc maps such blocks into memory one by one. It stops doing so, up to 32 MB, when the first is freed: then the
    parts of a text stay beside the text that they were joined into. No-op without glibc, and after the first call.
    """
    _call_library("mallopt", _MMAP_THRESHOLD, BLOCK)


def return_freed_memory(*, has_cycles: bool = False) -> None:
    """Return what can be returned. Takes some milliseconds, during which other threads run. No-op without glibc.

    Args:
        has_cycles: Whether objects that refer to each other have much of it, as a request and its response do. Then no
            other thread runs for some more milliseconds.
    """
    if has_cycles:
        gc.collect()
    _call_library("malloc_trim", 0)


def _call_library(name: str, *arguments: int) -> None:
    """Call a function of the C library. No-op if it does not have it."""
    # Imported here, because almost no answer is that large.
    import ctypes

    try:
        function = getattr(ctypes.CDLL(None), name)
    except (OSError, TypeError, AttributeError):
        # Another C library, or Windows.
        return
    function(*arguments)
