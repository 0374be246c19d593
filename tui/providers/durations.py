"""Reads durations as Ollama's `keep_alive` takes them. Pure."""

from __future__ import annotations

import math
import re
from typing import Final

from tui.chat.chunk import JSONValue
from tui.lazy_pattern import lazy_pattern

_PART: Final = lazy_pattern(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNIT_S: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_in(duration: JSONValue) -> float | None:
    """A duration in seconds: of `5m`, `1h30m`, `-1s`, or a number of seconds, also as text. None if it is not one.

    A negative duration means forever.

    Source: https://pkg.go.dev/time#ParseDuration
    """
    if isinstance(duration, bool) or not isinstance(duration, str | int | float):
        return None
    if not isinstance(duration, str):
        return float(duration) if abs(duration) < math.inf else None
    text = duration.strip()
    unsigned = text.lstrip("+-")
    sign = -1.0 if text.startswith("-") else 1.0
    parts = _PART.findall(unsigned)
    if unsigned and "".join(number + unit for number, unit in parts) == unsigned:
        return sign * sum(float(number) * _UNIT_S[unit] for number, unit in parts)
    return sign * float(unsigned) if re.fullmatch(r"\d+(\.\d*)?", unsigned) else None
