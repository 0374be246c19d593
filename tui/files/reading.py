"""Reads one file to attach: an image or a text."""

from __future__ import annotations

import codecs
import contextlib
import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, Final, NamedTuple

from tui.chat.image import Image
from tui.chat.image_type import media_type_of
from tui.errors import UsageError

MAX_IMAGE_BYTES: Final = 32 * 2**20
MAX_TEXT_BYTES: Final = 2**20
"""About a quarter of a million tokens, more than models read."""

_SIGNATURE_BYTES: Final = 16
"""Enough bytes to detect the image type."""


class TextFile(NamedTuple):
    """A text file attached to a prompt."""

    name: str
    """The path, as the user typed it."""

    text: str


def read_file(name: str) -> Image | TextFile:
    """The image or text in a file, distinguished by its content.

    Raises:
        UsageError: If the file cannot be read, is too large, or is neither image nor text.
    """
    path, status = regular_file(name)
    signature = _read(name, path, _SIGNATURE_BYTES)
    media_type = media_type_of(signature)
    limit = MAX_TEXT_BYTES if media_type is None else MAX_IMAGE_BYTES
    if status.st_size > limit:
        hint = "Attach a part of it." if media_type is None else "Reduce the image size."
        raise UsageError(f"{name} is larger than {limit // 2**20} MiB.", hint=hint)
    data = _read(name, path, limit + 1)
    if media_type is not None:
        return Image(media_type, data, path.name)
    return TextFile(name, _decode(name, data))


def read_image(name: str) -> Image:
    """The image in a file. The first bytes give the type, not the file name.

    Raises:
        UsageError: If the file cannot be read, is too large, or is not a supported image.
    """
    path, status = regular_file(name, "an image file")
    if media_type_of(_read(name, path, _SIGNATURE_BYTES)) is None:
        raise UsageError(f"{name} is not a supported image.", hint="Supported: PNG, JPEG, WebP, GIF.")
    if status.st_size > MAX_IMAGE_BYTES:
        raise UsageError(f"{name} is larger than {MAX_IMAGE_BYTES // 2**20} MiB.", hint="Reduce the image size.")
    data = _read(name, path, MAX_IMAGE_BYTES)
    return Image(media_type_of(data) or "", data, path.name)


def read_json(name: str) -> Any:
    """The value in a JSON file.

    Raises:
        UsageError: If the file cannot be read, is too large, or is not JSON.
    """
    path, status = regular_file(name, "a JSON file")
    if status.st_size > MAX_TEXT_BYTES:
        raise UsageError(f"{name} is larger than {MAX_TEXT_BYTES // 2**20} MiB.", hint="Is it the right file?")
    try:
        return json.loads(_decode(name, _read(name, path, MAX_TEXT_BYTES)))
    except json.JSONDecodeError as cause:
        raise UsageError(f"{name} is not JSON: {cause.msg} (line {cause.lineno}).", hint="Correct it.") from cause
    except RecursionError as cause:
        raise UsageError(f"{name} is nested too deeply.", hint="Is it the right file?") from cause


def exists(name: str) -> bool:
    """Whether a file or folder exists. True also if the system denies access to it."""
    try:
        path_of(name).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        return error.errno not in (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)
    return True


def is_folder(name: str) -> bool:
    """Whether the name is an existing folder."""
    with contextlib.suppress(OSError, ValueError):
        return path_of(name).is_dir()
    return False


def path_of(name: str) -> Path:
    """The path for a name, with `~` expanded."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        # `~name` of an unknown user: use the name unchanged.
        return Path(name)


def regular_file(name: str, wanted: str = "a text or image file") -> tuple[Path, os.stat_result]:
    """The path and status of a regular file.

    Args:
        name: The path, as the user typed it.
        wanted: What kind of file the hint asks for.

    Raises:
        UsageError: If it does not exist, or is not a regular file.
    """
    path = path_of(name)
    try:
        status = path.stat()
    except (OSError, ValueError) as cause:
        raise unreadable(name, cause) from cause
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{name} is a folder.", hint="Give a file in it.")
    if not stat.S_ISREG(status.st_mode):
        # Reading from a pipe or a terminal could wait for ever.
        raise UsageError(f"{name} is not a regular file.", hint=f"Give {wanted}.")
    return path, status


def _read(name: str, path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as cause:
        raise unreadable(name, cause) from cause


def unreadable(name: str, cause: OSError | ValueError) -> UsageError:
    """The error for a file that cannot be read."""
    reason = cause.strerror if isinstance(cause, OSError) else "invalid file name"
    return UsageError(f"{name} cannot be read: {reason}.", hint="Check the name.")


def _decode(name: str, data: bytes) -> str:
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise UsageError(
            f"{name} is neither UTF-8 text nor a supported image.",
            hint="Supported images: PNG, JPEG, WebP, GIF. Convert other files to text.",
        )
    return text.replace("\r\n", "\n")
