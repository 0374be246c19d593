"""Halves of surrogate pairs, as JSON escapes can bring them → whole characters."""

from __future__ import annotations

import re
from typing import Final

_HIGH_AT_THE_END: Final = re.compile("[\ud800-\udbff]\\Z")
_ANY: Final = re.compile("[\ud800-\udfff]")


class SurrogateJoiner:
    """Joins pairs that were cut between two chunks, and replaces halves that stay alone by U+FFFD.

    A server that emits half a pair a chunk writes `"\\ud83d"` and then
    `"\\ude00"`. Each alone cannot be stored, printed or sent back.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The text, with what was held back before it, and without what may yet find its other half."""
        if not self._held and _has_none(text):
            return text
        text = self._held + text
        self._held = ""
        if _HIGH_AT_THE_END.search(text) is not None:
            self._held = text[-1]
            text = text[:-1]
        return joined(text)

    def finish(self) -> str:
        """What stands for a half that never found its other: U+FFFD, or nothing."""
        alone, self._held = self._held, ""
        return "\ufffd" if alone else ""


def joined(text: str) -> str:
    """The text with each pair made one character, and each half that is alone replaced by U+FFFD."""
    if _has_none(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _has_none(text: str) -> bool:
    # Nearly every text says so at once.
    return text.isascii() or _ANY.search(text) is None
