"""Takes images out of the text of answers: some servers send generated ones of megabytes as data URLs. No I/O.

Lemonade writes them into the content of an answer. Short ones, as in a style sheet that a model writes, stay.
"""

from __future__ import annotations

import re
from typing import Final

from tui.providers.answer_images import MAX_BASE64, AnswerImages

_MARKER: Final = ";base64,"
_RUN: Final = re.compile(r"[A-Za-z0-9+/=_-]*")
_MAX_DATA_CHARS: Final = 4_096
"""Longer data was not written by a model."""


class DataURLShortener:
    """Replaces the data of long data URLs by an ellipsis, in a text that arrives in pieces."""

    def __init__(self, images: AnswerImages) -> None:
        """Args:
        images: Gets the data that are images.
        """
        self._images = images
        self._long: list[str] = []
        """The pieces of the current data, if it is long, up to the size of the largest image."""
        self._long_size = 0
        """Characters of all of the current data, if it is long."""
        self._end = ""
        """The end of the text so far, as far as it may be the beginning of a marker."""
        self._data: str | None = None
        """Data that is held back until its length is known. None outside of data."""
        self._is_long = False
        """Whether the current data is left out."""

    def feed(self, text: str) -> str:
        """The next piece of the text, without long data."""
        # Fast path: almost every piece has nothing of a data URL.
        if self._data is None and _MARKER not in (text if not self._end else self._end + text):
            self._end = (self._end + text)[1 - len(_MARKER) :]
            return text
        shown: list[str] = []
        while text:
            if self._data is None:
                before, marker, text = self._split_at_marker(text)
                shown.append(before + marker)
                if marker:
                    self._data = ""
                continue
            run = _RUN.match(text)
            assert run is not None
            text = text[run.end() :]
            shown.append(self._add_data(run[0]))
            if text:
                shown.append(self.finish())
        return "".join(shown)

    def finish(self) -> str:
        """The data that was held back, at its end."""
        if self._is_long and self._long_size <= MAX_BASE64:
            self._images.add_base64("".join(self._long))
        self._long, self._long_size = [], 0
        data, self._data, self._is_long, self._end = self._data, None, False, ""
        return data or ""

    def _split_at_marker(self, text: str) -> tuple[str, str, str]:
        """The text up to the next marker, the rest of the marker, which may have begun earlier, and what follows."""
        joined = self._end + text
        at = joined.find(_MARKER)
        if at < 0:
            self._end = joined[1 - len(_MARKER) :]
            return text, "", ""
        end = at + len(_MARKER) - len(self._end)
        self._end = ""
        return "", text[:end], text[end:]

    def _add_data(self, run: str) -> str:
        """Add to the data; returns the ellipsis if the data becomes too long."""
        if self._is_long:
            self._keep(run)
            return ""
        self._data = (self._data or "") + run
        if len(self._data) <= _MAX_DATA_CHARS:
            return ""
        self._keep(self._data)
        self._data, self._is_long = "", True
        return "…"

    def _keep(self, run: str) -> None:
        """Keep a piece of long data, unless it is too long for an image."""
        self._long_size += len(run)
        if self._long_size <= MAX_BASE64:
            self._long.append(run)
        else:
            self._long.clear()
