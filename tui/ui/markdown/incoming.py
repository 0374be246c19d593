"""Makes streamed text safe, with the same result as for the whole text."""

from __future__ import annotations

from typing import Final

from tui.chat.safe_text import safe_text

_CONTEXT_SIZE: Final = 128
"""Characters before a chunk that are needed to count the marks and joined characters in its first cell."""


class IncomingText:
    """Makes text safe chunk by chunk."""

    def __init__(self) -> None:
        self._held = ""
        self._context = ""

    def feed(self, chunk: str) -> str:
        """Feed the next chunk, and return the safe text that can be shown."""
        chunk = self._held + chunk
        # The rest of a CRLF may be in the next chunk.
        self._held = "\r" if chunk.endswith("\r") else ""
        safe = safe_text(self._context + chunk.removesuffix("\r"))[len(self._context) :]
        self._context = (self._context + safe)[-_CONTEXT_SIZE:]
        return safe
