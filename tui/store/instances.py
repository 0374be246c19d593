"""Which instances of llm-tui are alive, told by the locks that the system takes from those that are not."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(lock: int, *, alone: bool) -> bool:  # noqa: ARG001  # there is no other way of locking
        """Lock an open file. False when somebody else has."""
        try:
            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(lock: int, *, alone: bool) -> bool:
        """Lock an open file. False when somebody else has, in a way that excludes ours."""
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks. Better to take a living instance for dead, which only its own
            # end corrects, than a dead one for living, which nothing would.
            return True
        return True


class Instance:
    """This instance. For as long as it lives it holds a lock that nobody else can take.

    A process id would not do: they are used again, and an instance in a
    container has one that means nothing outside.
    """

    def __init__(self, folder: Path | None) -> None:
        """Args:
        folder: Where the locks of all instances are. None where there are no others.

        Raises:
            OSError: When it cannot be read or written.
        """
        self.id = secrets.token_hex(8)
        self._folder = folder
        self._lock: int | None = None
        if folder is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
            _clear(folder)
            while not self._begin(folder):
                self.id = secrets.token_hex(8)

    def is_alive(self, instance: str) -> bool:
        """Whether an instance is alive: this one, or one whose lock cannot be taken."""
        if instance == self.id:
            return True
        if self._folder is None:
            return False
        try:
            # An id out of the database is not to lead anywhere else.
            lock = os.open(_file(self._folder, "".join(filter(str.isalnum, instance))), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # Not alone: two that look at the same time are not to take each other for the one they look for.
            return not _take(lock, alone=False)
        finally:
            os.close(lock)

    def end(self) -> None:
        """Give the lock back."""
        if self._lock is not None and self._folder is not None:
            os.close(self._lock)
            self._lock = None
            # Whoever looks at it now finds nobody, file or no file.
            with contextlib.suppress(OSError):
                _file(self._folder, self.id).unlink()

    def _begin(self, folder: Path) -> bool:
        """Take a lock under the present id. False when another instance cleared it away before it was taken."""
        path = _file(folder, self.id)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if _take(lock, alone=True) and path.exists():
            self._lock = lock
            return True
        os.close(lock)
        return False


def _clear(folder: Path) -> None:
    """Put away what instances left behind that were killed."""
    for path in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_RDWR)
            try:
                if _take(lock, alone=False):
                    path.unlink()
            finally:
                os.close(lock)


def _file(folder: Path, instance: str) -> Path:
    return folder / f"{instance}.lock"
