"""Runs a program on a pseudo-terminal, and observes its screen, CPU time and memory."""

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
from tests.benchmarks.terminal_emulator import Screen

COLUMNS, LINES = 120, 40
_IDLE_S = 0.5
_IDLE_CPU_S = 0.02
"""A program is idle if it uses less CPU time than this in `_IDLE_S`."""
_ROOT = Path(__file__).parents[2]
_TERMINAL_VARIABLES = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
_CELL_WIDTH, _CELL_HEIGHT = 10, 20
"""In pixels."""
_ATTRIBUTES_REQUEST, _ATTRIBUTES = b"\x1b[c", b"\x1b[?62;22c"
"""All terminals answer this request, and programs wait for the answer: a VT220 with colors, without graphics."""


@cache
def _bytecode() -> TemporaryDirectory[str]:
    """A bytecode cache, as an installed program has. Deleted when this process ends."""
    return TemporaryDirectory()


@dataclass(frozen=True, slots=True)
class Sample:
    """The progress of an answer on the screen."""

    time_s: float
    """The monotonic clock, which all processes of a machine share."""

    token: int
    """The number of the highest marker that was shown."""

    cpu_s: float
    """The CPU time that the program had used."""


class ObservedProgram:
    """A program on a terminal of 120x40. Its output is read only inside the methods that wait."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        has_screen: bool = True,
        has_bytecode: bool = True,
        python: str = sys.executable,
        folder: Path = _ROOT,
    ) -> None:
        """Args:
        arguments: The arguments of `python`.
        environment: The complete environment.
        has_screen: Whether the program draws a screen. Otherwise it prints lines.
        has_bytecode: Whether modules are compiled only once. Otherwise the cache is empty and cannot be written.
        python: The interpreter.
        folder: The working directory.
        """
        controller, terminal = os.openpty()
        size = struct.pack("HHHH", LINES, COLUMNS, COLUMNS * _CELL_WIDTH, LINES * _CELL_HEIGHT)
        fcntl.ioctl(controller, termios.TIOCSWINSZ, size)
        settings = termios.tcgetattr(terminal)
        # Only the program may echo, not the terminal.
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(terminal, termios.TCSANOW, settings)
        os.set_blocking(controller, False)
        self.started_at = time.monotonic()
        self.samples: list[Sample] = []
        self.last_output_at = 0.0
        """The time of the last output, on the monotonic clock."""
        self.bytes_received = 0
        """The number of bytes of output."""
        self.screen = Screen(COLUMNS, LINES)
        self._has_screen = has_screen
        self._recent_output = b""
        self._descriptor = controller
        bytecode_variables = (
            {"PYTHONPYCACHEPREFIX": _bytecode().name, "PYTHONDONTWRITEBYTECODE": ""}
            if has_bytecode
            else {"PYTHONPYCACHEPREFIX": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}
        )
        self._process = subprocess.Popen(
            [python, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**environment, **_TERMINAL_VARIABLES, **bytecode_variables},
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(terminal)

    @property
    def cpu_s(self) -> float:
        """User and system time of the program and its child processes."""
        total_s = 0.0
        for process in self._process_tree():
            # A child process may have ended.
            with contextlib.suppress(OSError):
                # The CPU clock id of another process, as from clock_getcpuclockid(3): more precise than the ticks in
                # /proc.
                total_s += time.clock_gettime((~process << 3) | 2)
        return total_s

    @property
    def resident_mib(self) -> float:
        """Resident memory of the program and its child processes."""
        pages = sum(int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in self._process_tree())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def peak_mib(self) -> float:
        """The highest resident memory since the start, or since `reset_peak`."""
        statuses = [Path(f"/proc/{process}/status").read_text() for process in self._process_tree()]
        return sum(int(status.split("VmHWM:")[1].split()[0]) for status in statuses) / 2**10

    def reset_peak(self) -> None:
        """Measure the highest resident memory from now on."""
        for process in self._process_tree():
            Path(f"/proc/{process}/clear_refs").write_text("5")

    @property
    def highest_token(self) -> int:
        """The number of the highest marker that was shown. -1 before the first."""
        return self.samples[-1].token if self.samples else -1

    def type(self, keys: str) -> float:
        """Send the bytes of keys. Returns the time, on the monotonic clock."""
        sent_at = time.monotonic()
        os.write(self._descriptor, keys.encode())
        return sent_at

    def resize(self, columns: int) -> float:
        """Change the width of the terminal. Returns the time, on the monotonic clock."""
        self.screen = Screen(columns, LINES)
        self.samples.clear()
        resized_at = time.monotonic()
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        return resized_at

    def wait_until(self, predicate: Callable[[], bool], timeout_s: float = 60.0) -> bool:
        """Read output until the predicate is true. Returns False on timeout."""
        deadline = time.monotonic() + timeout_s
        while not predicate():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            if select.select([self._descriptor], [], [], remaining)[0]:
                self._read()
        return True

    def wait_for_text(self, text: str, timeout_s: float = 60.0) -> None:
        """Read output until a text is on the screen."""
        if not self.wait_until(lambda: self.screen.contains(text), timeout_s):
            raise SystemExit(f"{text!r} was not shown:\n{self.screen.text}")

    def wait_for_token(self, number: int, timeout_s: float = 60.0) -> bool:
        """Read output until a token or a later one was shown. Returns False on timeout."""
        return self.wait_until(lambda: self.highest_token >= number, timeout_s)

    def wait_for_output(self, after: int, timeout_s: float = 5.0) -> bool:
        """Read output until there are more bytes than `after`. Returns False on timeout."""
        return self.wait_until(lambda: self.bytes_received > after, timeout_s)

    def observe_for(self, seconds: float) -> None:
        """Read output for a while."""
        self.wait_until(lambda: False, seconds)

    def wait_for_idle(self, timeout_s: float = 30.0, background: float = 0.0) -> None:
        """Read output until the program uses no CPU time.

        Args:
            timeout_s: The longest time to wait.
            background: The share of a CPU that the program uses while it has nothing to do.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            before = self.cpu_s
            self.observe_for(_IDLE_S)
            if self.cpu_s - before < _IDLE_CPU_S + 1.5 * background * _IDLE_S:
                return

    def reset_tokens(self) -> None:
        """Forget which tokens were shown."""
        self.samples.clear()
        self.screen.highest_token = -1

    def close(self) -> None:
        """Kill the program, and close the terminal."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 1 << 20)
        except OSError as error:
            raise SystemExit(f"{self._process.args!r} ended early:\n{self.screen.text}") from error
        now = self.last_output_at = time.monotonic()
        self.bytes_received += len(data)
        if _ATTRIBUTES_REQUEST in data:
            os.write(self._descriptor, _ATTRIBUTES)
        if self._has_screen:
            self.screen.feed(data)
            token = self.screen.highest_token
        else:
            self._recent_output = (self._recent_output + data)[-4000:]
            token = max(
                (int(marker) for marker in MARKER.findall(self._recent_output.decode("utf-8", "replace"))), default=-1
            )
        if token > self.highest_token:
            self.samples.append(Sample(now, token, self.cpu_s))

    def _process_tree(self) -> Iterator[int]:
        processes = [self._process.pid]
        while processes:
            yield (process := processes.pop())
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    processes.extend(map(int, children.read_text().split()))


@contextlib.contextmanager
def observe(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    has_screen: bool = True,
    has_bytecode: bool = True,
    python: str = sys.executable,
    folder: Path = _ROOT,
) -> Iterator[ObservedProgram]:
    """Run a program on a pseudo-terminal, and kill it at the end. The arguments are those of `ObservedProgram`."""
    program = ObservedProgram(
        arguments, environment, has_screen=has_screen, has_bytecode=has_bytecode, python=python, folder=folder
    )
    try:
        yield program
    finally:
        program.close()
