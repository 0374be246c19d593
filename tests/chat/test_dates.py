"""Times as dates and text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.dates import MAX_SECONDS, MINUTE, day_of, format_time, known_time, parse_iso_time
from tui.chat.formatting import format_rate, format_seconds, format_size

IMPOSSIBLE: list[Any] = [0, -1, 1e300, -1e300, 1.7e12, float("nan"), float("inf"), 10**400, "now", b"x", None, True]


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=repr)
def test_impossible_time_has_no_text_and_no_day(value: Any) -> None:
    assert known_time(value) is None
    assert format_time(value) == format_time(value, MINUTE, utc=True) == ""
    assert day_of(value) is None


@given(st.floats(min_value=1e-6, max_value=MAX_SECONDS))
def test_known_time_has_text_and_a_day(seconds: float) -> None:
    assert format_time(seconds, MINUTE, utc=True)
    assert isinstance(day_of(seconds), date)


def test_time_is_formatted_in_utc() -> None:
    assert format_time(1_767_583_930.2, MINUTE, utc=True) == "2026-01-05 03:32"


@given(st.text() | st.sampled_from(["0001-01-01", "9999-12-31T23:59:59-23:59", "1e400", "nan", "2026-01-05T03:32:10Z"]))
def test_any_text_is_a_time_or_not(text: str) -> None:
    found = parse_iso_time(text)
    assert found is None or isinstance(found, float)


@given(st.floats())
def test_any_duration_and_rate_is_formatted(value: float) -> None:
    assert format_seconds(value).endswith(" s")
    assert format_rate(value)


@given(st.integers(min_value=0, max_value=10**400))
def test_any_size_is_formatted(size: int) -> None:
    assert format_size(size)
