"""Contrast between a text and its ground, and the pairs of roles that are used.

Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.color import BLACK, WHITE, Color

TEXT_RATIO: Final = 4.5
"""The least contrast of text to read."""

MARK_RATIO: Final = 3.0
"""The least contrast of marks, frames and dim text."""

_TEXTS: Final = ("text", "second", "accent", "user", "success", "warning", "error")
_CODE: Final = ("keyword", "string", "number", "function", "type")
_GROUNDS: Final = ("ground", "panel", "raised", "you", "select")
_STEPS: Final = 20


def pairs() -> Iterator[tuple[str, str, float]]:
    """Each pair of a role and the ground it is drawn on, with the least contrast that it needs."""
    for text in _TEXTS:
        yield from ((text, ground, TEXT_RATIO) for ground in (*_GROUNDS, "well"))
    yield from ((text, "well", TEXT_RATIO) for text in _CODE)
    yield from (("text", ground, TEXT_RATIO) for ground in ("mark", "hit"))
    yield "onspark", "spark", TEXT_RATIO
    for dim in ("dim", "comment"):
        yield from ((dim, ground, MARK_RATIO) for ground in (*_GROUNDS, "well"))
    yield from (("edge", ground, MARK_RATIO) for ground in ("ground", "raised"))
    yield from (("spark", ground, MARK_RATIO) for ground in ("ground", "you", "raised", "panel"))


def contrast(text: Color, ground: Color) -> float:
    """The contrast ratio of two opaque colours, from 1 (equal) to 21 (black on white)."""
    dark, light = sorted((luminance(text), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def with_contrast(text: Color, grounds: tuple[Color, ...], ratio: float) -> Color:
    """The colour nearest to a text's that has at least a contrast on each of some grounds.

    Where no colour has it on all of them, the better one of black and white is returned.
    """
    for step in range(_STEPS + 1):
        for end in (WHITE, BLACK):
            colour = text.blend(end, step / _STEPS)
            if _lowest(colour, grounds) >= ratio:
                return colour
    return max((WHITE, BLACK), key=lambda end: _lowest(end, grounds))


def _lowest(text: Color, grounds: tuple[Color, ...]) -> float:
    return min(contrast(text, ground) for ground in grounds)


def luminance(colour: Color) -> float:
    """The relative luminance of an opaque colour, from 0 (black) to 1 (white)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
