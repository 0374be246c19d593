"""Sanitizes text that arrives in pieces, with the same result as if it had arrived at once."""

from __future__ import annotations

from typing import Final

from tui.chat.safe_text import safe_text

_CONTEXT_SIZE: Final = 32
"""Characters kept from before a piece. They tell how many combining marks the last letter already has."""


class IncomingText:
    """Sanitizes the pieces of a text."""

    def __init__(self) -> None:
        self._pending = ""
        self._context = ""

    def feed(self, piece: str) -> str:
        """Add the next piece, and return the text that can be shown."""
        piece = self._pending + piece
        # The line feed of a CR LF pair may be in the next piece.
        self._pending = "\r" if piece.endswith("\r") else ""
        safe = safe_text(self._context + piece.removesuffix("\r"))[len(self._context) :]
        self._context = (self._context + safe)[-_CONTEXT_SIZE:]
        return safe
