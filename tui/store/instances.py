"""Which instances of llm-tui are alive. Each holds a file lock, which the system releases when its process ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _try_lock(file: int, *, exclusive: bool) -> bool:  # noqa: ARG001  # Windows only has exclusive locks
        """Lock an open file. False if another process holds a lock."""
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: int, *, exclusive: bool) -> bool:
        """Lock an open file. False if another process holds a conflicting lock."""
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks: every other instance counts as dead. A live one wrongly shown as
            # dead is corrected when its answer ends; a dead one wrongly shown as live never would be.
            return True
        return True


_MAX_ID = 64


class Instance:
    """This instance. While it is alive, it holds an exclusive lock on a file with its id.

    A process id would not do: the system reuses process ids, and those of a
    container mean nothing outside of it.
    """

    def __init__(self, folder: Path | None) -> None:
        """Args:
        folder: The folder with the lock files of all instances. None if there can be no others.

        Raises:
            OSError: If the folder cannot be read or written.
        """
        self.id = os.urandom(8).hex()
        self._folder = folder
        self._lock: int | None = None
        if folder is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
            _remove_stale_locks(folder)
            while not self._acquire_lock(folder):
                self.id = os.urandom(8).hex()

    def is_alive(self, instance: str) -> bool:
        """Whether an instance, given by its id, is this one or holds its lock."""
        if instance == self.id:
            return True
        # A longer id is from a damaged database, and cannot be the name of a file.
        if self._folder is None or len(instance) > _MAX_ID:
            return False
        try:
            # Only letters and digits: an id from a damaged database must not name a file elsewhere.
            file = os.open(_lock_path(self._folder, "".join(filter(str.isalnum, instance))), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # Shared: two instances that check at the same time must not block each other.
            return not _try_lock(file, exclusive=False)
        finally:
            os.close(file)

    def end(self) -> None:
        """Release the lock. Calling it again does nothing."""
        if self._lock is not None and self._folder is not None:
            os.close(self._lock)
            self._lock = None
            # Without its lock the file means nothing, so it may stay if it cannot be deleted.
            with contextlib.suppress(OSError):
                _lock_path(self._folder, self.id).unlink()

    def _acquire_lock(self, folder: Path) -> bool:
        """Lock a new file for the present id. False if another instance removed the file before it was locked."""
        path = _lock_path(folder, self.id)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if _try_lock(file, exclusive=True) and path.exists():
            self._lock = file
            return True
        os.close(file)
        return False


def _remove_stale_locks(folder: Path) -> None:
    """Delete the lock files of instances that were killed."""
    for path in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            file = os.open(path, os.O_RDWR)
            try:
                if _try_lock(file, exclusive=False):
                    path.unlink()
            finally:
                os.close(file)


def _lock_path(folder: Path, instance: str) -> Path:
    return folder / f"{instance}.lock"
