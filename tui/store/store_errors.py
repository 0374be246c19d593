"""Errors of SQLite and of the file system → `StoreError`: what failed, and what the user can do."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final, NamedTuple

from tui.errors import StoreError


class _Problem(NamedTuple):
    """One kind of failure of the storage."""

    reason: str
    """The end of the error message, after a colon."""

    hint: str


_ANOTHER_FOLDER: Final = "choose another folder with --data-dir or LLM_TUI_DATA_DIR"
_FULL: Final = _Problem("the disk is full", "Free some space; unsaved messages are written with the next one.")
_BUSY: Final = _Problem(
    "another llm-tui is writing to the file",
    "The next message tries again. If this error stays, quit the other llm-tui.",
)
_NOT_WRITABLE: Final = _Problem("the file is not writable", f"Make it writable, or {_ANOTHER_FOLDER}.")
_CANNOT_OPEN: Final = _Problem("the file cannot be opened", f"Check that it is a readable file, or {_ANOTHER_FOLDER}.")
_NO_FOLDER: Final = _Problem("a file exists where its folder should be", f"Move that file away, or {_ANOTHER_FOLDER}.")
_DAMAGED: Final = _Problem(
    "the file is damaged or is not a database",
    "It was not changed. Move it away to start with an empty one, or replace it with a backup.",
)

_BY_SQLITE_ERROR: Final = (
    ("SQLITE_FULL", _FULL),
    ("SQLITE_BUSY", _BUSY),
    ("SQLITE_LOCKED", _BUSY),
    ("SQLITE_PROTOCOL", _BUSY),
    ("SQLITE_READONLY", _NOT_WRITABLE),
    ("SQLITE_PERM", _NOT_WRITABLE),
    ("SQLITE_CANTOPEN", _CANNOT_OPEN),
    ("SQLITE_CORRUPT", _DAMAGED),
    ("SQLITE_NOTADB", _DAMAGED),
)
"""By prefix of the error name, which covers the extended codes: https://www.sqlite.org/rescode.html"""

_BY_ERRNO: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _NOT_WRITABLE,
    errno.EPERM: _NOT_WRITABLE,
    errno.EROFS: _NOT_WRITABLE,
    errno.EEXIST: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
}


def translate_error(cause: Exception, path: Path | None) -> StoreError:
    """The error to show for an error of SQLite or of the system.

    Args:
        cause: The original error.
        path: The file of the conversations. None if they are in memory.
    """
    problem = _problem(cause)
    return StoreError(f"Cannot save or load conversations in {path or 'memory'}: {problem.reason}.", hint=problem.hint)


def _problem(cause: Exception) -> _Problem:
    if isinstance(cause, OSError):
        unknown = _Problem(cause.strerror or str(cause), f"Fix the cause, or {_ANOTHER_FOLDER}.")
        return _BY_ERRNO.get(cause.errno or 0, unknown)
    name = getattr(cause, "sqlite_errorname", "")
    unknown = _Problem(str(cause), f"Fix the cause, or {_ANOTHER_FOLDER}.")
    return next((problem for prefix, problem in _BY_SQLITE_ERROR if name.startswith(prefix)), unknown)
