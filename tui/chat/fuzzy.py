"""Fuzzy matching of typed words with names. Pure.

A word matches a text that has its letters in the same order. The closer they stand, and the nearer to the start of the
text or of a part of it, the better the match.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_WHOLE, _PREFIX, _PART, _INSIDE, _SCATTERED = range(0, 5_000, 1_000)
"""The base of the score for each way to match: the whole text, its start, the start of a part, …"""

_MAX_DETAIL: Final = 999
"""What the place or the spread of a match adds to its score at most."""


class Match(NamedTuple):
    """How a word matches a text."""

    score: int
    """0 is best. Scores of different texts can be compared."""

    positions: tuple[int, ...]
    """The indexes of the matched characters."""


def match(word: str, text: str) -> Match | None:
    """How a word matches a text, both casefolded. None if it does not.

    Args:
        word: What was typed, without blanks. Not empty.
        text: The text to find it in.
    """
    at = text.find(word)
    if at < 0:
        return _scattered(word, text)
    if len(word) == len(text):
        return Match(_WHOLE, tuple(range(len(text))))
    start = at
    while start > 0 and not _starts_part(text, start):
        start = text.find(word, start + 1)
    if start == 0:
        return Match(_PREFIX, tuple(range(len(word))))
    if start > 0:
        return Match(_PART + min(start, _MAX_DETAIL), tuple(range(start, start + len(word))))
    return Match(_INSIDE + min(at, _MAX_DETAIL), tuple(range(at, at + len(word))))


def _starts_part(text: str, at: int) -> bool:
    """Whether a part of a name starts here: behind a separator, or between a letter and a digit."""
    before, here = text[at - 1], text[at]
    return not before.isalnum() or before.isdigit() != here.isdigit()


def _scattered(word: str, text: str) -> Match | None:
    """A match of letters that are not next to each other. The first one stands at the start of a part."""
    at = text.find(word[0])
    best: Match | None = None
    while at >= 0:
        if at == 0 or _starts_part(text, at):
            positions = _positions_from(word, text, at)
            if positions is None:
                break
            spread = positions[-1] - positions[0] - len(word) + 1
            score = _SCATTERED + min(spread, _MAX_DETAIL)
            if best is None or score < best.score:
                best = Match(score, positions)
        at = text.find(word[0], at + 1)
    return best


def _positions_from(word: str, text: str, start: int) -> tuple[int, ...] | None:
    positions = []
    at = start - 1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        positions.append(at)
    return tuple(positions)
