"""Where words begin and end, for double clicks in the log and in the prompt."""

from __future__ import annotations

from typing import Final

from tui.lazy_pattern import lazy_pattern

_WORD: Final = lazy_pattern(r"\w+(?:['’-]\w+)*|[^\w\s]+")
"""A word, with hyphens and apostrophes inside; or signs between blanks and words."""


def word_around(text: str, at: int) -> tuple[int, int] | None:
    """Where the word at an index begins and ends in a text. None for blanks."""
    return next((match.span() for match in _WORD.finditer(text) if match.start() <= at < match.end()), None)
