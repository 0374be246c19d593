"""Put a file on disk whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from tui.config.toml_text import printable
from tui.errors import ConfigError

_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_ANYONE_MAY_WRITE: Final = 0o222


def create(path: Path, content: bytes) -> None:
    """Make a file that nobody but the user can read.

    Raises:
        ConfigError: When there is one already, or it cannot be made.
    """
    try:
        _make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    except FileExistsError as cause:
        raise ConfigError(
            f"{printable(str(path))} exists already, and is left as it is.",
            hint="Move it away first, or name another file with --config.",
        ) from cause
    except OSError as cause:
        raise _not_written(path, cause) from cause
    try:
        _write(descriptor, content)
    except OSError as cause:
        path.unlink()
        raise _not_written(path, cause) from cause


def replace(path: Path, content: bytes) -> None:
    """Give a file another content. It keeps its mode, and its owner where that is possible; a link stays a link.

    Whatever happens, the old content is there or the new one. A file that is
    not there yet is made, for nobody but the user.

    Raises:
        ConfigError: When it cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        _make_folder(target.parent)
        before = target.stat() if target.exists() else None
        if before is not None and not (stat.S_ISREG(before.st_mode) and before.st_mode & _ANYONE_MAY_WRITE):
            # Putting another file in its place would work, but somebody did not want that.
            raise PermissionError(None, "it is read-only, or no ordinary file")
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        try:
            if before is not None:
                _make_alike(temporary, before)
            _write(descriptor, content)
            temporary.replace(target)
        except BaseException:
            temporary.unlink()
            raise
        _sync_folder(target.parent)
    except OSError as cause:
        raise _not_written(path, cause) from cause


def _make_folder(folder: Path) -> None:
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(_PRIVATE_FOLDER, exist_ok=True)


def _make_alike(file: Path, before: os.stat_result) -> None:
    # Windows knows no owners, and elsewhere only root may give a file away.
    with contextlib.suppress(OSError, AttributeError):
        os.chown(file, before.st_uid, before.st_gid)
    file.chmod(stat.S_IMODE(before.st_mode))


def _write(descriptor: int, content: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    # Windows opens no folders. The file is in its place already, so a failure here undoes nothing.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _not_written(path: Path, cause: OSError) -> ConfigError:
    return ConfigError(
        f"{printable(str(path))} cannot be written: {cause.strerror}.",
        hint="It is as it was. Check who may write to it and to its folder, and the space left.",
    )
