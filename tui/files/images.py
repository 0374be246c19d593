"""Writes images to files of their own: those that the user saves, opens or pastes."""

from __future__ import annotations

import contextlib
from itertools import count
from pathlib import Path, PurePath
from typing import Final

from tui.atomic_files import create_file
from tui.chat.image import Image
from tui.chat.image_type import media_type_of
from tui.errors import UsageError
from tui.files.writing import stem_from

_SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}

_PASTED: Final = "pasted"
"""The folder in the data folder for pictures from the clipboard."""

_MOST_ATTEMPTS: Final = 10_000
_PRIVATE_FILE: Final = 0o600


def write_image(image: Image, folder: Path, *, is_private: bool = False) -> Path:
    """Write an image to a new file; returns its path. The name is that of the image, as far as every system accepts it.

    Args:
        image: The image. Its name may be foreign text; only what is behind the last slash is used.
        folder: The folder, which must exist.
        is_private: Whether only the user may read the file.

    Raises:
        UsageError: If it cannot be written.
    """
    # The content decides what other programs do with it, whatever a server called it.
    suffix = _SUFFIXES.get(media_type_of(image.data) or image.media_type, ".img")
    stem = PurePath(image.name.replace("\\", "/")).stem
    stem = stem_from(stem) if any(map(str.isalnum, stem)) else "picture"
    mode = _PRIVATE_FILE if is_private else 0o666
    try:
        for number in count(1):
            path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
            try:
                create_file(path, image.data, mode)
            except FileExistsError:
                if number == _MOST_ATTEMPTS:
                    raise
            else:
                return path
    except OSError as cause:
        raise UsageError(f"The image cannot be written to {folder}: {cause.strerror}.") from cause
    raise AssertionError


def write_pasted(image: Image, data_folder: Path) -> Path:
    """Write a picture from the clipboard to the data folder, where a draft can name it; returns its path.

    Raises:
        UsageError: If it cannot be written.
    """
    folder = data_folder / _PASTED
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as cause:
        raise UsageError(f"The folder {folder} cannot be created: {cause.strerror}.") from cause
    return write_image(image, folder, is_private=True)


def delete_pasted(data_folder: Path, before: float) -> None:
    """Delete pictures from the clipboard. What was sent is saved with its conversation.

    Args:
        data_folder: The data folder.
        before: Those that were pasted before this time are deleted, in seconds since the epoch.
    """
    with contextlib.suppress(OSError):
        for path in (data_folder / _PASTED).iterdir():
            if path.stat().st_mtime < before:
                path.unlink()
