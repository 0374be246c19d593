"""Writes a file completely or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from tui.atomic_files import create_file, sync_folder, temporary_file_in, write_synced
from tui.config.toml_text import printable
from tui.errors import ConfigError

_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_WRITABLE: Final = 0o222


def create(path: Path, content: bytes) -> None:
    """Create a file that only the user can read.

    Raises:
        ConfigError: If it exists already, or cannot be created.
    """
    try:
        _make_folder(path.parent)
        create_file(path, content, _PRIVATE_FILE)
    except FileExistsError as cause:
        raise ConfigError(
            f"{printable(str(path))} already exists.",
            hint="Move it away first, or use another file with --config.",
        ) from cause
    except OSError as cause:
        raise _write_error(path, cause) from cause


def replace(path: Path, content: bytes) -> None:
    """Replace the content of a file. Keeps its mode, its owner if possible, and a symbolic link.

    Afterwards the file has either the old or the new content, even after a
    crash. A missing file is created so that only the user can read it.

    Raises:
        ConfigError: If it cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        _make_folder(target.parent)
        before = target.stat() if target.exists() else None
        if before is not None and not (stat.S_ISREG(before.st_mode) and before.st_mode & _WRITABLE):
            # Replacing a read-only file would work, but its owner does not want changes.
            raise PermissionError(None, "it is read-only or not a regular file")
        with temporary_file_in(target.parent, _PRIVATE_FILE) as temporary:
            if before is not None:
                _copy_mode_and_owner(temporary, before)
            write_synced(temporary, content)
            temporary.replace(target)
        sync_folder(target.parent)
    except OSError as cause:
        raise _write_error(path, cause) from cause


def _make_folder(folder: Path) -> None:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(_PRIVATE_FOLDER, exist_ok=True)


def _copy_mode_and_owner(file: Path, before: os.stat_result) -> None:
    # Windows has no owners, and elsewhere only root can change the owner.
    with contextlib.suppress(OSError, AttributeError):
        os.chown(file, before.st_uid, before.st_gid)
    file.chmod(stat.S_IMODE(before.st_mode))


def _write_error(path: Path, cause: OSError) -> ConfigError:
    return ConfigError(
        f"Cannot write {printable(str(path))}: {cause.strerror}.",
        hint="The file is unchanged. Check the permissions of the file and its folder, and the free space.",
    )
