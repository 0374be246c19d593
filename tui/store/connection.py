"""The file of conversations, opened: private to the user, and readable where it cannot be written."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 5.0
"""How long another instance's writing is waited for."""


def can_only_be_read(path: Path) -> bool:
    """Whether there are conversations that nothing can be added to: a read-only disk, somebody else's folder."""
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def open_connection(path: Path | None, *, is_sealed: bool) -> sqlite3.Connection:
    def connect(database: str | Path, *, uri: bool = False) -> sqlite3.Connection:
        return sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=PATIENCE_S, uri=uri)

    if path is None or not is_sealed:
        return connect(path or ":memory:")
    connection = connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError:
        # Even to read, SQLite wants to write beside the file, unless it is told that nobody ever does.
        connection.close()
        connection = connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    return connection


def make_private(path: Path) -> None:
    """Make a file that only the user may read, where there is none: SQLite's would be for everybody."""
    # Not opened where there is one: closing it again would drop the locks of connections in this process,
    # https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def lenient(text: bytes) -> str:
    """A text out of the database; what a damaged file has in it is not to make all the rest unreadable."""
    return text.decode("utf-8", "replace")
