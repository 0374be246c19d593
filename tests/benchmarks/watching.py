"""A program on a pseudo-terminal, and what can be seen of it from outside: its screen, its CPU, its memory."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.answers import MARKER
from tests.benchmarks.emulation import Screen

COLUMNS, LINES = 120, 40
_CALM_S = 0.5
_CALM_CPU_S = 0.02
_ROOT = Path(__file__).parents[2]
_ALWAYS = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@cache
def _bytecode() -> TemporaryDirectory[str]:
    """Where what Python has compiled is kept, as it is where a program is installed; gone when this process ends."""
    return TemporaryDirectory()


@dataclass(frozen=True, slots=True)
class Sight:
    """How far an answer was on the screen at some moment."""

    at: float
    """Seconds of the monotonic clock, which all processes of a machine share."""

    token: int
    """The highest token that was seen by then."""

    cpu_s: float
    """What the program had cost by then."""


class Watched:
    """A program on a terminal of 120x40. Nothing of it is read but within `until` and `calm`."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], *, has_screen: bool = True) -> None:
        """Args:
        arguments: What stands after `python`.
        environment: Its whole environment.
        has_screen: Whether it draws. Else it prints.
        """
        ours, theirs = os.openpty()
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        settings = termios.tcgetattr(theirs)
        # What is echoed is to be the program's echo.
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, settings)
        os.set_blocking(ours, False)
        self.began = time.monotonic()
        self.sights: list[Sight] = []
        self.seen_at = 0.0
        """When something was written last."""
        self.received = 0
        """Bytes that it has written."""
        self.screen = Screen(COLUMNS, LINES)
        self._has_screen = has_screen
        self._end = b""
        self._descriptor = ours
        kept = {"PYTHONPYCACHEPREFIX": _bytecode().name, "PYTHONDONTWRITEBYTECODE": ""}
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment, **_ALWAYS, **kept},
            cwd=_ROOT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)

    @property
    def cpu_s(self) -> float:
        """User and system time so far, of the program and of what it has started."""
        # The CPU clock of another process, as clock_getcpuclockid(3) makes it; to the nanosecond, not to the tick.
        return sum(time.clock_gettime((~process << 3) | 2) for process in self._tree())

    @property
    def resident_mib(self) -> float:
        """Memory that it has at the moment."""
        pages = sum(int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in self._tree())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def token(self) -> int:
        """The highest token that was seen."""
        return self.sights[-1].token if self.sights else -1

    def type(self, keys: str) -> float:
        """Press keys, as the bytes that they send; when that was."""
        at = time.monotonic()
        os.write(self._descriptor, keys.encode())
        return at

    def until(self, is_so: Callable[[], bool], within_s: float = 60.0) -> bool:
        """Watch until something is so; whether it became so in time."""
        deadline = time.monotonic() + within_s
        while not is_so():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if select.select([self._descriptor], [], [], left)[0]:
                self._read()
        return True

    def shows(self, text: str, within_s: float = 60.0) -> None:
        """Watch until a text is on the screen."""
        if not self.until(lambda: self.screen.shows(text), within_s):
            raise SystemExit(f"{text!r} was never shown:\n{self.screen.text}")

    def sees_token(self, number: int, within_s: float = 60.0) -> bool:
        """Watch until a token or a later one was seen; whether it was in time."""
        return self.until(lambda: self.token >= number, within_s)

    def writes(self, received: int, within_s: float = 5.0) -> bool:
        """Watch until it has written more than so many bytes; whether it did in time."""
        return self.until(lambda: self.received > received, within_s)

    def watch(self, seconds: float) -> None:
        """Watch for a while."""
        self.until(lambda: False, seconds)

    def calm(self, within_s: float = 30.0) -> None:
        """Watch until it has come to rest."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            before = self.cpu_s
            self.watch(_CALM_S)
            if self.cpu_s - before < _CALM_CPU_S:
                return

    def forget(self) -> None:
        """Count tokens from the beginning again."""
        self.sights.clear()
        self.screen.highest = -1

    def close(self) -> None:
        """Pull the plug."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 1 << 20)
        except OSError as error:
            raise SystemExit(f"{self._process.args!r} ended before its time:\n{self.screen.text}") from error
        at = self.seen_at = time.monotonic()
        self.received += len(data)
        if self._has_screen:
            self.screen.feed(data)
            token = self.screen.highest
        else:
            self._end = (self._end + data)[-4000:]
            token = max((int(marker) for marker in MARKER.findall(self._end.decode("utf-8", "replace"))), default=-1)
        if token > self.token:
            self.sights.append(Sight(at, token, self.cpu_s))

    def _tree(self) -> Iterator[int]:
        waiting = [self._process.pid]
        while waiting:
            yield (process := waiting.pop())
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    waiting.extend(map(int, children.read_text().split()))


@contextlib.contextmanager
def watched(arguments: Sequence[str], environment: Mapping[str, str], *, has_screen: bool = True) -> Iterator[Watched]:
    """A program on a terminal, killed in the end."""
    program = Watched(arguments, environment, has_screen=has_screen)
    try:
        yield program
    finally:
        program.close()
