"""Durations as Ollama takes them."""

from __future__ import annotations

import pytest

from tui.chat.chunk import JSONValue
from tui.providers.durations import seconds_in


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("300ms", 0.3),
        (".5s", 0.5),
        (" 10s ", 10),
        ("+10s", 10),
        ("-1s", -1),
        ("-1", -1),
        ("0", 0),
        ("300", 300),
        (300, 300),
        (0.5, 0.5),
        (-1, -1),
    ],
)
def test_duration_is_read_in_seconds(duration: JSONValue, seconds: float) -> None:
    assert seconds_in(duration) == pytest.approx(seconds)


@pytest.mark.parametrize("other", [None, True, [], "", "m", "5 m", "five", "5x", "5m!", float("inf"), float("nan")])
def test_anything_else_is_not_a_duration(other: JSONValue) -> None:
    assert seconds_in(other) is None
