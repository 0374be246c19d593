"""What type a picture is of, by its first bytes."""

from __future__ import annotations

from typing import Final

_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)

MEDIA_TYPES: Final = frozenset({"image/webp", *(media_type for _, media_type in _BEGINNINGS)})
"""The types of pictures that models take."""


def media_type_of(data: bytes) -> str | None:
    """The type of a picture that models take, by its first bytes. None for what is none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for beginning, media_type in _BEGINNINGS if data.startswith(beginning)), None)
