"""How deep JSON values are nested. Python's JSON functions, and ours, recurse: a deep value would exceed the stack."""

from __future__ import annotations

from typing import Final

MAX_DEPTH: Final = 100
"""Lists and objects inside each other that are kept."""

TOO_DEEP: Final = "(nested too deeply)"
"""Stands for a value that is nested too deeply."""


def is_too_deep(value: object) -> bool:
    """Whether a JSON value has more than `MAX_DEPTH` lists and objects inside each other."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
