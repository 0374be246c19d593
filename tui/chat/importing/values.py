"""Values from JSON of unknown shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

_MAX_SECONDS: Final = 1e11
"""About the year 5138: a larger number is not in seconds."""


class Unusable(Exception):
    """A conversation cannot be imported. The message is the reason, as the end of a sentence."""


def text_in(row: Mapping[str, Any], key: str) -> str:
    """The text at a key; empty if it is missing or not text."""
    value = row.get(key)
    return without_lone_surrogates(value) if isinstance(value, str) else ""


def without_lone_surrogates(text: str) -> str:
    """The text with lone surrogates, which JSON can escape but UTF-8 cannot encode, replaced by U+FFFD."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mapping_in(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at a key; empty if it is missing or not an object."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def list_in(row: Mapping[str, Any], key: str) -> list[Any]:
    """The list at a key; empty if it is missing or not a list."""
    value = row.get(key)
    return value if isinstance(value, list) else []


def seconds_in(row: Mapping[str, Any], key: str) -> float:
    """The time at a key, in seconds since the epoch; milliseconds are converted. 0 if it is missing or invalid."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        seconds = float(value)
    except OverflowError:
        return 0.0
    if not math.isfinite(seconds) or seconds < 0:
        return 0.0
    while seconds > _MAX_SECONDS:
        seconds /= 1_000
    return seconds
