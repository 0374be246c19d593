"""Reading numbers, texts and objects from untrusted parsed JSON."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tui.providers.json_values import (
    count_in,
    label_in,
    mapping_in,
    number_in,
    per_second,
    rows_in,
    strings_in,
    text_in,
)


@pytest.mark.parametrize(
    ("value", "number", "count"),
    [
        (7, 7.0, 7),
        (0, 0.0, 0),
        (7.0, 7.0, 7),
        (7.5, 7.5, None),
        (2**53, 2.0**53, 2**53),
        (2**53 + 1, None, None),
        (10**400, None, None),
        (-1, None, None),
        (math.nan, None, None),
        (math.inf, None, None),
        (True, None, None),
        ("7", None, None),
        (None, None, None),
        ([7], None, None),
    ],
)
def test_only_plausible_numbers_are_accepted(value: object, number: float | None, count: int | None) -> None:
    assert number_in({"n": value}, "n") == number
    assert count_in({"n": value}, "n") == count


def test_missing_value_is_none_or_empty() -> None:
    assert number_in({}, "n") is None
    assert count_in({}, "n") is None
    assert text_in({}, "n") == ""
    assert mapping_in({}, "n") == {}
    assert rows_in({}, "n") == []
    assert strings_in({}, "n") == frozenset()


@pytest.mark.parametrize("value", [None, 1, True, [], ["a"], {"a": 1}])
def test_only_strings_are_text(value: object) -> None:
    assert text_in({"t": value}, "t") == ""
    assert text_in({"t": "null"}, "t") == "null"


@pytest.mark.parametrize("value", [None, 1, "text", [1], [{"a": 1}]])
def test_only_objects_are_mappings(value: object) -> None:
    assert mapping_in({"m": value}, "m") == {}
    assert mapping_in({"m": {"a": 1}}, "m") == {"a": 1}


@pytest.mark.parametrize(
    ("value", "rows"), [(None, []), ({"a": 1}, []), ("text", []), ([1, None, {"a": 1}, [], {}], [{"a": 1}, {}])]
)
def test_rows_are_the_objects_of_a_list(value: Any, rows: list[dict[str, int]]) -> None:
    assert rows_in({"r": value}, "r") == rows


@pytest.mark.parametrize(
    ("count", "seconds", "rate"), [(10, 2.0, 5.0), (0, 2.0, None), (10, 0.0, None), (None, 2.0, None), (10, None, None)]
)
def test_rate_needs_a_count_and_a_duration(count: int | None, seconds: float | None, rate: float | None) -> None:
    assert per_second(count, seconds) == rate


def test_strings_are_those_in_a_list() -> None:
    assert strings_in({"n": ["a", 5, None, "b", "a", ["c"]]}, "n") == {"a", "b"}
    for value in ("ab", {"a": "b"}, 5, None):
        assert strings_in({"n": value}, "n") == frozenset()


@pytest.mark.parametrize("value", ["unknown", "Unknown", " none ", "N/A", "null", "0", "-", "?", "", None, 7, ["8B"]])
def test_word_for_an_unknown_value_is_not_a_label(value: object) -> None:
    assert label_in({"n": value}, "n") == ""


@pytest.mark.parametrize("value", ["8.0B", "Q4_K_M", "F16", "unknown-9"])
def test_label_is_the_text(value: str) -> None:
    assert label_in({"n": f" {value}"}, "n") == value
