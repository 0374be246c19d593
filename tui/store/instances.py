"""Which instances of llm-tui are alive, told by the locks that the system takes from those that are not."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # there is another way below
    import msvcrt


class Instance:
    """This instance. For as long as it lives it holds a lock that nobody else can take.

    A process id would not do: they are used again, and an instance in a
    container has one that means nothing outside.
    """

    def __init__(self, folder: Path | None) -> None:
        """Args:
        folder: Where the locks of all instances are. None where there are no others.
        """
        self.id = secrets.token_hex(8)
        self._folder = folder
        self._lock: int | None = None
        if folder is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self._file(self.id), os.O_RDWR | os.O_CREAT, 0o600)
            _take(self._lock)

    def is_alive(self, instance: str) -> bool:
        """Whether an instance is alive: this one, or one whose lock cannot be taken."""
        if instance == self.id:
            return True
        if self._folder is None:
            return False
        try:
            lock = os.open(self._file(instance), os.O_RDWR)
        except OSError:
            return False
        try:
            return not _take(lock)
        finally:
            os.close(lock)

    def end(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            # Whoever looks at it now finds nobody, file or no file.
            self._file(self.id).unlink(missing_ok=True)

    def _file(self, instance: str) -> Path:
        assert self._folder is not None
        # An id out of the database is not to lead anywhere else.
        return self._folder / f"{''.join(filter(str.isalnum, instance))}.lock"


def _take(lock: int) -> bool:
    """Lock an open file. False when somebody else has."""
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            windows: Any = msvcrt
            windows.locking(lock, windows.LK_NBLCK, 1)
    except OSError:
        return False
    return True
