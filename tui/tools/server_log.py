"""The file with what a tool server writes to stderr."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from pathlib import Path
from typing import IO, Final

from tui.chat.safe_text import safe_line
from tui.errors import ToolServerError
from tui.lazy_pattern import lazy_pattern

_STARTED: Final = lazy_pattern(r"--- started by process (\d+)\n?")
_TAIL_BYTES: Final = 8192
_MAX_LINE: Final = 300
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700


class ServerLog:
    """Opens the file for each start of a server, and reads what the server wrote since."""

    def __init__(self, path: Path | None) -> None:
        """Args:
        path: The file, which is appended to. None uses a temporary one.
        """
        self.path = path
        self._file: IO[bytes] | None = None
        self._start = 0

    def open(self) -> IO[bytes]:
        """The file, open for reading and appending. It stays open until `close`.

        Raises:
            ToolServerError: If it cannot be written.
        """
        self.close()
        try:
            self._file = self._opened()
            self._start = os.fstat(self._file.fileno()).st_size
        except OSError as cause:
            raise ToolServerError(
                f"Cannot write {self.path}: {cause.strerror}.", hint="Check the permissions and the free space."
            ) from cause
        return self._file

    def _opened(self) -> IO[bytes]:
        if self.path is None:
            return tempfile.TemporaryFile("a+b", buffering=0)
        self.path.parent.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
        # A pipe at this path would block.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        return os.fdopen(os.open(self.path, flags, _PRIVATE_FILE), "a+b", buffering=0)

    def last_lines(self, count: int) -> tuple[str, ...]:
        """The last lines that were written since the file was opened, safe to print. Empty if it is closed."""
        if self._file is None:
            return ()
        try:
            size = os.fstat(self._file.fileno()).st_size
            # The guard shortens a file that has become too long.
            start = self._start if self._start <= size else 0
            self._file.seek(max(start, size - _TAIL_BYTES))
            text = self._file.read(_TAIL_BYTES).decode("utf-8", "replace")
        except OSError:
            # It only explains another error.
            return ()
        lines = [safe_line(line) for line in text.splitlines() if _STARTED.fullmatch(line) is None]
        lines = [line for line in lines if line]
        return tuple(line[:_MAX_LINE] for line in lines[-count:])

    def terminate_guard(self) -> None:
        """Let the guard that writes the file end the server with all its processes, without waiting for it."""
        if self._file is None:
            return
        # It may have ended, or not begun.
        with contextlib.suppress(OSError, OverflowError):
            found = _STARTED.match(os.pread(self._file.fileno(), 100, self._start).decode("utf-8", "replace"))
            if found is not None and _is_child(process := int(found[1])):
                os.kill(process, signal.SIGTERM)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _is_child(process: int) -> bool:
    """Whether a process is a child of ours that runs. Other programs may have its number, or write it here."""
    try:
        return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False
