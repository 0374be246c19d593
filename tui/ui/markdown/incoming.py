"""Text that arrives in pieces → the same text made safe, as if it had come at once."""

from __future__ import annotations

from typing import Final

from tui.chat.safe_text import safe_text

_TELLING: Final = 32
"""Characters before a piece that tell how many marks its first letter has already."""


class IncomingText:
    """Makes pieces of a text safe."""

    def __init__(self) -> None:
        self._held = ""
        self._last = ""

    def feed(self, piece: str) -> str:
        """Take the next piece; give what of it can be shown."""
        piece = self._held + piece
        # Half of a line end: the other may come next.
        self._held = "\r" if piece.endswith("\r") else ""
        safe = safe_text(self._last + piece.removesuffix("\r"))[len(self._last) :]
        self._last = (self._last + safe)[-_TELLING:]
        return safe
