"""Reads typed values from parsed JSON of unknown structure. No I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

_MAX_NUMBER: Final = 2**53
"""Larger JSON numbers are not exact, and cannot be valid counts of tokens or bytes."""

_UNKNOWN: Final = frozenset({"unknown", "none", "null", "n/a", "na", "nan", "0", "-", "?"})
"""What servers send in place of a number of parameters or a quantization that they do not know. Ollama sends `unknown`
for files of some types, and LM Studio `none`."""


def number_in(values: Mapping[str, Any], key: str) -> float | None:
    """The number under a key. None if it is missing or out of range."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_NUMBER:
        return None
    return float(value)


def count_in(values: Mapping[str, Any], key: str) -> int | None:
    """The whole number under a key. None if it is missing: an unknown count is never 0."""
    number = number_in(values, key)
    return None if number is None or math.floor(number) != number else int(number)


def mapping_in(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key. Empty if there is none."""
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def text_in(values: Mapping[str, Any], key: str) -> str:
    """The string under a key. Empty for any other value, including `null`."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def label_in(values: Mapping[str, Any], key: str) -> str:
    """The string under a key, such as `8.0B` or `Q4_K_M`. Empty too for a word with which a server says that it does
    not know the value."""
    text = text_in(values, key).strip()
    return "" if text.casefold() in _UNKNOWN else text


def rows_in(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in the list under a key, or none if the value is not a list."""
    value = values.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def strings_in(values: Mapping[str, Any], key: str) -> frozenset[str]:
    """The strings in the list under a key, or none if the value is not a list."""
    value = values.get(key)
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()


def per_second(count: int | None, seconds: float | None) -> float | None:
    """The rate per second. None if a value is unknown or no time passed."""
    return count / seconds if count and seconds else None
