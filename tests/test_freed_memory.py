"""Freed memory goes back to the operating system."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import weakref

import pytest

from tui.freed_memory import return_freed_memory, return_large_blocks


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
    return_large_blocks.__wrapped__()


_JOINED = """
from pathlib import Path
from tui.chat.growing_text import GrowingText

def status(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0])

text = GrowingText()
kept = []
for number in range(200_000):
    text.append(f"{number:0100}")
    kept.append(bytes(50))
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
joined = text.text
print((status("VmHWM") - before) * 1024)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Only glibc can be asked.")
@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells it.")
def test_text_is_joined_without_a_second_copy() -> None:
    done = subprocess.run([sys.executable, "-c", _JOINED], capture_output=True, text=True, check=True)

    # Of 20 MB.
    assert int(done.stdout) < 10_000_000
