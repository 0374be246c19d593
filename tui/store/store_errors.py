"""What the system says of files and disks → what we tell the user: what failed, and what to do about it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final, NamedTuple

from tui.errors import StoreError


class _Trouble(NamedTuple):
    """A way in which keeping fails."""

    what: str
    """How the sentence goes on after the colon."""

    hint: str


_ANOTHER_FOLDER: Final = "name another folder with --data-dir or LLM_TUI_DATA_DIR"
_FULL: Final = _Trouble("the disk is full", "Make room: what is missing is kept with the next thing that is said.")
_BUSY: Final = _Trouble(
    "another instance has been writing for too long", "It is tried again. If it stays so, end the other instance."
)
_UNWRITABLE: Final = _Trouble("it cannot be written", f"Make it writable, or {_ANOTHER_FOLDER}.")
_UNREACHABLE: Final = _Trouble("it cannot be opened", f"See that it is a file and may be read, or {_ANOTHER_FOLDER}.")
_NO_FOLDER: Final = _Trouble("there is a file where its folder is to be", f"Move that away, or {_ANOTHER_FOLDER}.")
_DAMAGED: Final = _Trouble(
    "the file is damaged, or is something else",
    "It is left as it is: move it away to begin anew, or put a copy of it in its place.",
)

_BY_SQLITE: Final = (
    ("SQLITE_FULL", _FULL),
    ("SQLITE_BUSY", _BUSY),
    ("SQLITE_LOCKED", _BUSY),
    ("SQLITE_PROTOCOL", _BUSY),
    ("SQLITE_READONLY", _UNWRITABLE),
    ("SQLITE_PERM", _UNWRITABLE),
    ("SQLITE_CANTOPEN", _UNREACHABLE),
    ("SQLITE_CORRUPT", _DAMAGED),
    ("SQLITE_NOTADB", _DAMAGED),
)
"""By how the name of SQLite's error begins: https://www.sqlite.org/rescode.html"""

_BY_ERRNO: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _UNWRITABLE,
    errno.EPERM: _UNWRITABLE,
    errno.EROFS: _UNWRITABLE,
    errno.EEXIST: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
}


def translate_error(cause: Exception, path: Path | None) -> StoreError:
    """The error that tells the user of another.

    Args:
        cause: SQLite's or the system's error.
        path: The file of the conversations. None when they are in memory.
    """
    what, hint = _trouble(cause)
    return StoreError(f"Conversations cannot be kept in {path or 'memory'}: {what}.", hint=hint)


def _trouble(cause: Exception) -> _Trouble:
    if isinstance(cause, OSError):
        other = _Trouble(cause.strerror or str(cause), f"See to that, or {_ANOTHER_FOLDER}.")
        return _BY_ERRNO.get(cause.errno or 0, other)
    name = getattr(cause, "sqlite_errorname", "")
    other = _Trouble(str(cause), f"See to that, or {_ANOTHER_FOLDER}.")
    return next((trouble for beginning, trouble in _BY_SQLITE if name.startswith(beginning)), other)
