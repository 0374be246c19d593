"""Image types, detected by the first bytes."""

from __future__ import annotations

from typing import Final

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)

MEDIA_TYPES: Final = frozenset({"image/webp", *(media_type for _, media_type in _SIGNATURES)})
"""The image types that models support."""


def media_type_of(data: bytes) -> str | None:
    """The image type of a file, by its first bytes. None if it is not an image type that models support."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for signature, media_type in _SIGNATURES if data.startswith(signature)), None)
