"""Runs a tool server, and ends it with everything that it started. A program of its own, without imports of ours.

It stands between llm-tui and the server, because a server that ends politely leaves its child processes behind, and one
that ignores the end of its input outlives a client that was killed. The guard

- ends when llm-tui does, however that ends;
- ends all processes of the server when the server itself ends, or on SIGTERM. On Linux, these include processes that
  left the server's group: the guard adopts those whose parent has ended;
- passes the server's output on, and ends a server whose line is longer than llm-tui would read;
- keeps the end of what the server writes to stderr in a file of limited size, its own stderr.

Usage: guard.py PARENT MAX_LINE MAX_LOG COMMAND [ARGUMENT ...], as the leader of a process group.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator

_GRACE_S = 0.5
"""How long processes have after SIGTERM before SIGKILL."""

_KILL_S = 2.0
"""How long to wait for killed processes to disappear."""

_POLL_S = 0.01
_PARENT_POLL_S = 1.0
"""How often to look for the parent where the system does not report its end."""

_READ_BYTES = 65_536
_NOT_FOUND = 127
_IS_LINUX = sys.platform == "linux"
_REQUESTS_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


STARTED = b"--- started by process %d\n"
"""The first line of each start in the log. llm-tui reads the process id from it, because the SDK does not tell it."""


class _Terminated(BaseException):
    """The guard was asked to end."""


class _Log:
    """The file behind our stderr, which keeps the end of what is written to it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._is_file = stat.S_ISREG(os.fstat(2).st_mode)

    def write(self, data: bytes) -> None:
        # Full disks and closed terminals must not end the server.
        with contextlib.suppress(OSError):
            size = os.fstat(2).st_size
            if self._is_file and size + len(data) > self._max_bytes:
                kept = self._max_bytes // 2
                data = (os.pread(2, size, 0) + data)[-kept:]
                os.ftruncate(2, 0)
            _write_all(2, data)


class _Guard:
    """One server and the processes that it started."""

    def __init__(self, parent: int, max_line: int, log: _Log) -> None:
        self._parent = parent
        self._max_line = max_line
        self._log = log
        self._line_bytes = 0
        self._server = 0
        self._code: int | None = None
        """The exit code of the server. None while it runs."""

    def run(self, command: list[str]) -> int:
        """Run the server to its end, and return its exit code."""
        _die_with_parent()
        self._log.write(STARTED % os.getpid())
        wake, wake_writer = _pipe()
        os.set_blocking(wake_writer, False)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _ignore)
        for number in _REQUESTS_TO_END:
            signal.signal(number, _terminate)
        output, output_writer = _pipe()
        errors, errors_writer = _pipe()
        try:
            self._server = subprocess.Popen(command, stdout=output_writer, stderr=errors_writer).pid
        except OSError as error:
            self._log.write(f"Cannot start {command[0]}: {error.strerror}\n".encode(errors="replace"))
            return _NOT_FOUND
        os.close(output_writer)
        os.close(errors_writer)
        # The end of its input is the server's to see.
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        self._pass_on(wake, output, errors)
        return self._code or 0

    def _pass_on(self, wake: int, output: int, errors: int) -> None:
        """Pass the server's output on until the server ends."""
        open_pipes = {output, errors}
        poll_s = None if _IS_LINUX else _PARENT_POLL_S
        while self._code is None and os.getppid() == self._parent:
            ready, _, _ = select.select([wake, *open_pipes], [], [], poll_s)
            if wake in ready:
                _read(wake)
                self._reap()
            for pipe in open_pipes & set(ready):
                if not self._forward(pipe, is_output=pipe == output):
                    open_pipes.remove(pipe)
                    if pipe == output:
                        # llm-tui must see that there will be no more answers.
                        null = os.open(os.devnull, os.O_WRONLY)
                        os.dup2(null, 1)
        for pipe in open_pipes:
            while self._forward(pipe, is_output=pipe == output):
                pass

    def _forward(self, pipe: int, *, is_output: bool) -> bool:
        """Pass on what can be read now. Returns False if there is nothing, or nothing more."""
        data = _read(pipe)
        if not data:
            return False
        if not is_output:
            self._log.write(data)
            return True
        first, newline, _ = data.partition(b"\n")
        longest = max(self._line_bytes + len(first), *map(len, data.split(b"\n")))
        self._line_bytes = len(data) - data.rfind(b"\n") - 1 if newline else self._line_bytes + len(data)
        if longest > self._max_line:
            self._log.write(b"\nEnded by llm-tui: the server sent a line of more than %d bytes.\n" % self._max_line)
            raise _Terminated
        _write_all(1, data)
        return True

    def end(self) -> None:
        """End every process that the server started, and the server."""
        _ignore_requests_to_end()
        os.killpg(0, signal.SIGTERM)
        if self._wait_for_children(_GRACE_S):
            return
        if not _IS_LINUX:
            os.killpg(0, signal.SIGKILL)
        deadline = time.monotonic() + _KILL_S
        while time.monotonic() < deadline:
            for child in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            # A killed process leaves its children to us.
            if self._wait_for_children(_POLL_S):
                return
        os.killpg(0, signal.SIGKILL)

    def _wait_for_children(self, seconds: float) -> bool:
        """Whether there are no children any more. On Linux, they include all orphans."""
        deadline = time.monotonic() + seconds
        while self._reap():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        # Elsewhere, the server's own children are not ours.
        return _IS_LINUX

    def _reap(self) -> bool:
        """Note which children have ended. Returns whether there are others."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self._server:
                    code = os.waitstatus_to_exitcode(status)
                    self._code = code if code >= 0 else 128 - code
        return False


def _children() -> Iterator[int]:
    """Our child processes, among them the orphans that we adopted. Linux only."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            # The process may have ended since.
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
                # Behind the name, which may contain anything: the state, and the parent.
                if int(file.read().rpartition(b")")[2].split()[1]) == os.getpid():
                    yield int(name)


def _die_with_parent() -> None:
    """Let Linux send SIGTERM when llm-tui ends, and make us the parent of orphans."""
    if _IS_LINUX:
        import ctypes

        library = ctypes.CDLL(None)
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        library.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _pipe() -> tuple[int, int]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    return reader, writer


def _read(descriptor: int) -> bytes:
    """What can be read now. Empty if there is nothing, or at the end."""
    try:
        return os.read(descriptor, _READ_BYTES)
    except BlockingIOError:
        return b""


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _ignore(number: int, frame: object) -> None:
    """Handle a signal by waking up only."""


def _terminate(number: int, frame: object) -> None:
    _ignore_requests_to_end()
    raise _Terminated


def _ignore_requests_to_end() -> None:
    for number in _REQUESTS_TO_END:
        signal.signal(number, signal.SIG_IGN)


def main(arguments: list[str]) -> int:
    """Run a server under guard. Returns its exit code."""
    parent, max_line, max_log, *command = arguments
    if os.getpgrp() != os.getpid():
        # The group must be ours alone, because it is killed.
        os.setpgid(0, 0)
    guard = _Guard(int(parent), int(max_line), _Log(int(max_log)))
    code = 128 + signal.SIGTERM
    try:
        code = guard.run(command)
    # llm-tui no longer reads.
    except (_Terminated, BrokenPipeError):
        pass
    finally:
        guard.end()
    return code


if __name__ == "__main__":
    # Without the shutdown of the interpreter: nothing of ours is left to clean up.
    os._exit(main(sys.argv[1:]))
