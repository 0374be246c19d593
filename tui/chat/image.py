"""An image that belongs to a message."""

from __future__ import annotations

from tui.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a prompt, an answer or a tool result."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`."""

    data: bytes
    """The content of the image file."""

    name: str = ""
    """The file name, for display. May be empty."""
