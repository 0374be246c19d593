"""Values out of JSON of which nothing is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


class Unusable(Exception):
    """A conversation cannot be taken: why, as the end of a sentence."""


def text_in(row: Mapping[str, Any], key: str) -> str:
    """The text at a key. Empty where there is none."""
    value = row.get(key)
    return whole(value) if isinstance(value, str) else ""


def whole(text: str) -> str:
    """The text with halves of surrogate pairs, which JSON can escape and nothing can keep, replaced by U+FFFD."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mapping_in(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at a key. An empty one where there is none."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def list_in(row: Mapping[str, Any], key: str) -> list[Any]:
    """The list at a key. An empty one where there is none."""
    value = row.get(key)
    return value if isinstance(value, list) else []


def seconds_in(row: Mapping[str, Any], key: str) -> float:
    """The time at a key, in seconds since the epoch, though it be written in milliseconds. 0 for none."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        seconds = float(value)
    except OverflowError:
        return 0.0
    if not math.isfinite(seconds) or seconds < 0:
        return 0.0
    while seconds > _TOO_LATE:
        seconds /= 1_000
    return seconds


_TOO_LATE = 1e11
"""Some three thousand years on: nobody counts seconds up to there."""
