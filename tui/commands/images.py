"""Picture files → images to send."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui.chat.message import Image
from tui.errors import UsageError

_MOST_BYTES: Final = 32 * 2**20

_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def read_image(name: str) -> Image:
    """The picture in a file. Its type is told by its first bytes, whatever it is called.

    Raises:
        UsageError: When it cannot be read, is too large, or is of no type that models take.
    """
    path = Path(name).expanduser()
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{name} is larger than {_MOST_BYTES // 2**20} MiB.", hint="Make the picture smaller.")
        data = path.read_bytes()
    except OSError as cause:
        raise UsageError(f"{name} cannot be read: {cause.strerror}.", hint="Check the name of the picture.") from cause
    media_type = media_type_of(data)
    if media_type is None:
        raise UsageError(f"{name} is no picture that models take.", hint="PNG, JPEG, WebP and GIF are.")
    return Image(media_type, data, path.name)


def media_type_of(data: bytes) -> str | None:
    """The type of a picture, by its first bytes. None for what is none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for beginning, media_type in _BEGINNINGS if data.startswith(beginning)), None)
