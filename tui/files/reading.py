"""One file → a picture or a text to send."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

from tui.chat.image_type import media_type_of
from tui.chat.message import Image
from tui.errors import UsageError

MOST_IMAGE_BYTES: Final = 32 * 2**20
MOST_TEXT_BYTES: Final = 2**20
"""More than that no model reads: it is some quarter of a million tokens."""

_FIRST_BYTES: Final = 16
"""As many as tell whether it is a picture."""


class TextFile(NamedTuple):
    """A text that goes with a prompt."""

    name: str
    """As the user wrote it."""
    text: str


def read_file(name: str) -> Image | TextFile:
    """The picture or the text in a file: which of them it is, its content tells.

    Raises:
        UsageError: When it cannot be read, is too large, or is neither.
    """
    path, status = looked_up(name)
    beginning = _read(name, path, _FIRST_BYTES)
    media_type = media_type_of(beginning)
    most = MOST_TEXT_BYTES if media_type is None else MOST_IMAGE_BYTES
    if status.st_size > most:
        hint = "Send a part of it." if media_type is None else "Make the picture smaller."
        raise UsageError(f"{name} is larger than {most // 2**20} MiB.", hint=hint)
    data = _read(name, path, most + 1)
    if media_type is not None:
        return Image(media_type, data, path.name)
    return TextFile(name, _decoded(name, data))


def read_image(name: str) -> Image:
    """The picture in a file. Its type is told by its first bytes, whatever it is called.

    Raises:
        UsageError: When it cannot be read, is too large, or is of no type that models take.
    """
    path, status = looked_up(name)
    if media_type_of(_read(name, path, _FIRST_BYTES)) is None:
        raise UsageError(f"{name} is no picture that models take.", hint="PNG, JPEG, WebP and GIF are.")
    if status.st_size > MOST_IMAGE_BYTES:
        raise UsageError(f"{name} is larger than {MOST_IMAGE_BYTES // 2**20} MiB.", hint="Make the picture smaller.")
    data = _read(name, path, MOST_IMAGE_BYTES)
    return Image(media_type_of(data) or "", data, path.name)


def is_there(name: str) -> bool:
    """Whether there is something of that name; what cannot be looked at may be."""
    try:
        path_of(name).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        return error.errno not in (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)
    return True


def is_folder(name: str) -> bool:
    """Whether it is the name of a folder."""
    with contextlib.suppress(OSError, ValueError):
        return path_of(name).is_dir()
    return False


def path_of(name: str) -> Path:
    """The path that a name stands for: `~` is the user's home."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        # In the home of nobody: then it is looked for as it is written.
        return Path(name)


def looked_up(name: str) -> tuple[Path, os.stat_result]:
    """The path of a file, and what the system says of it.

    Raises:
        UsageError: When there is none, or it is no ordinary file.
    """
    path = path_of(name)
    try:
        status = path.stat()
    except (OSError, ValueError) as cause:
        raise unreadable(name, cause) from cause
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{name} is a folder.", hint="Name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        # Reading a pipe or a terminal would wait for whoever writes to it.
        raise UsageError(f"{name} is no ordinary file.", hint="Name one with a text or a picture in it.")
    return path, status


def _read(name: str, path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as cause:
        raise unreadable(name, cause) from cause


def unreadable(name: str, cause: OSError | ValueError) -> UsageError:
    """What to say of a file that cannot be read."""
    why = cause.strerror if isinstance(cause, OSError) else "no file can be called so"
    return UsageError(f"{name} cannot be read: {why}.", hint="Check its name.")


def _decoded(name: str, data: bytes) -> str:
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise UsageError(
            f"{name} is no text in UTF-8, and no picture that models take.",
            hint="PNG, JPEG, WebP and GIF are; other files go as text, once they are made one.",
        )
    return text.replace("\r\n", "\n")
