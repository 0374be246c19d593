"""Values of columns, whatever a damaged file or another program has put into them.

SQLite does not enforce the types of columns. Text may be a BLOB, a time may be text, and any of them NULL.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.chat.dates import known_time
from tui.lazy_pattern import lazy_pattern

MAX_NUMBER: Final = 1e9
"""The largest time or rate of an answer: 30 years."""

_SURROGATE: Final = lazy_pattern("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot encode, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def text_in(row: sqlite3.Row, name: str) -> str:
    """A column as text. Empty if it is NULL."""
    return as_text(row[name])


def optional_text_in(row: sqlite3.Row, name: str) -> str | None:
    """A column as text, or None if it is NULL."""
    return None if row[name] is None else as_text(row[name])


def as_text(value: object) -> str:
    """A value as text. Empty if it is NULL."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def time_in(row: sqlite3.Row, name: str) -> float:
    """A column as a time, in seconds since the epoch. 0 if it is not one."""
    return known_time(row[name]) or 0.0


def number_in(row: sqlite3.Row, name: str) -> float | None:
    """A column as a time or rate of an answer. None if it is NULL or not one."""
    value = row[name]
    return float(value) if isinstance(value, int | float) and 0 <= value <= MAX_NUMBER else None


def count_in(row: sqlite3.Row, name: str) -> int | None:
    """A column as a number of tokens. None if it is NULL or not one."""
    value = row[name]
    return value if isinstance(value, int) else None


def flag_in(row: sqlite3.Row, name: str) -> bool:
    """A column as true or false."""
    value = row[name]
    return value != 0 if isinstance(value, int) else False


def bytes_in(row: sqlite3.Row, name: str) -> bytes:
    """A column as bytes. Text is encoded, and everything else is empty."""
    value = row[name]
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""
