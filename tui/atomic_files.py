"""Writes files completely or not at all: under a temporary name in the same folder, then renamed.

A full disk or a crash leaves the old file, or none, and never half a file.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PUBLIC_FILE: Final = 0o666


def create_file(path: Path, content: bytes, mode: int = _PUBLIC_FILE) -> None:
    """Create a file.

    Args:
        path: The file. A symbolic link that exists already is not followed.
        content: The content of the file.
        mode: The permissions, which the user's umask reduces.

    Raises:
        FileExistsError: If it exists already.
        OSError: If it cannot be written. Then it does not exist.
    """
    if os.path.lexists(path):
        raise FileExistsError(path)
    with temporary_file_in(path.parent, mode) as temporary:
        write_synced(temporary, content)
        move_to_new_name(temporary, path)


def replace_file(path: Path, content: bytes) -> None:
    """Replace the content of a file, and keep its permissions.

    Raises:
        OSError: If it cannot be written. Then it has its old content.
    """
    with temporary_file_in(path.parent, stat.S_IMODE(path.stat().st_mode)) as temporary:
        write_synced(temporary, content)
        temporary.replace(path)
    sync_folder(path.parent)


@contextlib.contextmanager
def temporary_file_in(folder: Path, mode: int) -> Iterator[Path]:
    """A new, empty file in a folder. It is deleted on exit, unless it was renamed.

    Args:
        folder: The folder, which must exist.
        mode: The permissions, which the user's umask reduces.
    """
    temporary = folder / f".llm-tui-{os.urandom(8).hex()}.tmp"
    os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def write_synced(path: Path, content: bytes) -> None:
    """Write the content of an existing file to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def move_to_new_name(temporary: Path, path: Path) -> None:
    """Rename a file, whose content is on the disk, without overwriting another one.

    Raises:
        FileExistsError: If there is a file of that name.
        OSError: If the file cannot be renamed.
    """
    try:
        # Unlike a rename, a new link never replaces a file.
        os.link(temporary, path)
        temporary.unlink()
    except FileExistsError:
        raise
    except OSError:
        # Not every file system has links.
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can do that."""
    # Windows cannot open folders. The file has its name already, so a failure here can be ignored.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
