"""Freed memory goes back to the operating system."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import weakref

import pytest

from tui.freed_memory import return_freed_memory


class Cycle:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


_PROGRAM = """
from pathlib import Path
from tui.freed_memory import return_freed_memory

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

blocks = [bytes([1]) * 50_000 for _ in range(2_000)]
kept = blocks[::50]
del blocks
before = pages()
return_freed_memory()
print(before - pages())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Only glibc can be asked.")
def test_memory_between_what_is_in_use_is_returned() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)

    # Of 100 MB, most were free. What was above the last block in use went back before.
    assert int(done.stdout) * 4096 > 50_000_000


def test_cycles_are_freed_only_if_there_are_some() -> None:
    gc.disable()
    try:
        cycle = Cycle()
        there = weakref.ref(cycle)
        del cycle
        return_freed_memory()
        assert there() is not None
        return_freed_memory(has_cycles=True)
        assert there() is None
    finally:
        gc.enable()


def test_a_library_that_cannot_do_it_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    return_freed_memory()
