"""Joins halves of surrogate pairs, which JSON escapes can contain, into characters."""

from __future__ import annotations

from typing import Final

from tui.lazy_pattern import lazy_pattern

_HIGH_SURROGATE_AT_END: Final = lazy_pattern("[\ud800-\udbff]\\Z")
_SURROGATE: Final = lazy_pattern("[\ud800-\udfff]")


class SurrogateJoiner:
    """Joins surrogate pairs that were split between two chunks, and replaces unpaired halves by U+FFFD.

    A server that emits half a pair per chunk writes `"\\ud83d"` and then
    `"\\ude00"`. Neither half can be stored, printed or sent back.
    """

    def __init__(self) -> None:
        self._pending = ""
        """A high surrogate at the end of the previous text, or empty."""

    def feed(self, text: str) -> str:
        """Return the text with pairs joined, less a trailing high surrogate, which waits for its other half."""
        if not self._pending and _has_no_surrogates(text):
            return text
        text = self._pending + text
        self._pending = ""
        if _HIGH_SURROGATE_AT_END.search(text) is not None:
            self._pending = text[-1]
            text = text[:-1]
        return joined(text)

    def finish(self) -> str:
        """Return U+FFFD for a high surrogate still waiting for its pair, or an empty string."""
        unpaired, self._pending = self._pending, ""
        return "\ufffd" if unpaired else ""


def joined(text: str) -> str:
    """Return the text with each surrogate pair joined and each unpaired half replaced by U+FFFD."""
    if _has_no_surrogates(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _has_no_surrogates(text: str) -> bool:
    # `isascii` is constant time and true for most texts.
    return text.isascii() or _SURROGATE.search(text) is None
