"""Values from JSON of unknown shape."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeGuard

from tui.chat.dates import known_time, parse_iso_time


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


def time_in(row: Mapping[str, Any], key: str, left_out: Counter[str]) -> float:
    """The time at a key, in seconds since the epoch. 0 if it is missing or is not a time, which is counted.

    Milliseconds, microseconds and nanoseconds are converted, and so is text: a number, or ISO 8601.
    """
    value = row.get(key)
    if value is None or value == "" or (value == 0 and not isinstance(value, bool)):
        return 0.0
    number = parse_iso_time(value) if isinstance(value, str) else value
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        seconds = known_time(number / unit) if _is_finite_number(number) else None
        if seconds is not None:
            return seconds
    left_out["date that is not in the calendar"] += 1
    return 0.0


def _is_finite_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
