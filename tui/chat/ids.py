"""Ids of conversations and messages."""

from __future__ import annotations

import os


def new_id() -> str:
    """An id that no other conversation or message has: 24 hexadecimal digits."""
    # Not from `secrets`: importing it takes longer than importing all of this package.
    return os.urandom(12).hex()
