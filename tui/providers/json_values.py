"""Numbers out of parsed JSON, where anything may stand. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

_MOST: Final = 2**53
"""Beyond it JSON numbers are no longer exact, and no count of tokens or bytes is honest."""


def number_in(values: Mapping[str, Any], key: str) -> float | None:
    """The number under a key. None where there is none, or one that cannot be meant."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        return None
    return float(value)


def count_in(values: Mapping[str, Any], key: str) -> int | None:
    """The whole number under a key. None where there is none: unknown is never 0."""
    number = number_in(values, key)
    return None if number is None or math.floor(number) != number else int(number)


def mapping_in(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key. An empty one where there is none."""
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def text_in(values: Mapping[str, Any], key: str) -> str:
    """The text under a key. Empty where something else stands: `null` is no text."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def rows_in(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in the list under a key. Empty where there is none."""
    value = values.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def per_second(count: int | None, seconds: float | None) -> float | None:
    """A rate. None where either is unknown, or no time passed."""
    return count / seconds if count and seconds else None
