"""Times in seconds since the epoch, as dates and text. Nothing here raises, whatever a file or a database contains."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Final

MAX_SECONDS: Final = 1e11
"""About the year 5138. A larger number is not a time in seconds."""

DAY: Final = "%Y-%m-%d"
MINUTE: Final = "%Y-%m-%d %H:%M"


def known_time(value: object) -> float | None:
    """A value as a time in seconds since the epoch. None if it is not one: another type, 0, negative, or too large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared before the conversion: an integer may be too large for a float. A comparison with NaN is false.
    return float(value) if 0 < value <= MAX_SECONDS else None


def day_of(seconds: float) -> date | None:
    """The local day of a time. None if the time is unknown or outside of the calendar."""
    moment = _moment(seconds)
    return None if moment is None else moment.date()


def format_time(seconds: float, pattern: str = DAY, *, utc: bool = False) -> str:
    """A time as text. Empty if the time is unknown or outside of the calendar.

    Args:
        seconds: Seconds since the epoch.
        pattern: A pattern of `strftime`: `DAY`, `MINUTE`.
        utc: Whether to show the time in UTC. Otherwise it is local.
    """
    moment = _moment(seconds, utc=utc)
    return "" if moment is None else moment.strftime(pattern)


def month_of(day: date) -> str:
    """The month of a day: `May 2026`."""
    return day.strftime("%B %Y")


def today() -> date:
    """The present local day."""
    return datetime.now().astimezone().date()


def parse_iso_time(text: str) -> float | None:
    """The time in a text: ISO 8601, or a number. None if it is neither. Without a time zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _moment(seconds: float, *, utc: bool = False) -> datetime | None:
    known = known_time(seconds)
    if known is None:
        return None
    try:
        moment = datetime.fromtimestamp(known, UTC)
        return moment if utc else moment.astimezone()
    except (ValueError, OverflowError, OSError):
        # Some platforms support fewer years.
        return None
