"""Options of a request, as people write them."""

from __future__ import annotations

import pytest

from tui.chat.chunk import JSONValue
from tui.chat.options import checked_option, format_options, near_option, parse_option
from tui.errors import UsageError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("temperature=0.2", ("temperature", 0.2)),
        (" num_ctx = 8192 ", ("num_ctx", 8192)),
        ("seed=-1", ("seed", -1)),
        ('stop=["END", "STOP"]', ("stop", ["END", "STOP"])),
        ("stop=END", ("stop", "END")),
        ("stop=5", ("stop", "5")),
        ("think=high", ("think", "high")),
        ("think=false", ("think", False)),
        ("truncate=true", ("truncate", True)),
        ("mirostat=2", ("mirostat", 2)),
        ("grammar=root ::= a=b", ("grammar", "root ::= a=b")),
        ("anything={}", ("anything", {})),
        ("limit=NaN", ("limit", "NaN")),
        ("limit=1e999", ("limit", "1e999")),
        ("deep=" + "[" * 100_000, ("deep", "[" * 100_000)),
        ("empty=", ("empty", "")),
    ],
)
def test_a_value_is_json_and_where_it_is_not_it_is_text(written: str, expected: tuple[str, JSONValue]) -> None:
    assert parse_option(written) == expected


@pytest.mark.parametrize("written", ["", "temperature", "=1", "two words=1"])
def test_what_is_no_option_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="no KEY=VALUE") as refused:
        parse_option(written)
    assert "temperature=0.2" in refused.value.hint


@pytest.mark.parametrize(
    ("written", "allowed"),
    [
        ("temperature=warm", "a number from 0"),
        ("temperature=-1", "a number from 0"),
        ("temperature=true", "a number from 0"),
        ("top_p=7", "a number from 0 to 1"),
        ("num_ctx=0", "a whole number from 1"),
        ("num_ctx=8k", "a whole number from 1"),
        ("num_ctx=1.5", "a whole number from 1"),
        ("stop=[1]", "a text, or a list of texts"),
        ("stop=null", "a text, or a list of texts"),
        ("think=perhaps", "true, false, low, medium or high"),
        ("truncate=1", "true or false"),
    ],
)
def test_one_that_is_known_cannot_have_every_value(written: str, allowed: str) -> None:
    with pytest.raises(UsageError, match="cannot be") as refused:
        parse_option(written)
    assert allowed in refused.value.hint


def test_a_number_too_large_for_a_number_is_none() -> None:
    with pytest.raises(UsageError):
        checked_option("temperature", float("inf"))


def test_a_slip_of_the_pen_is_noticed() -> None:
    assert near_option("temprature") == "temperature"
    assert near_option("temperature") == near_option("mirostat_tau_of_mine") == ""


def test_options_are_shown_as_they_would_be_written() -> None:
    options: dict[str, JSONValue] = {"temperature": 0.2, "stop": ["END"], "think": True, "grammar": "a b"}
    words = format_options(options)
    assert words == ["temperature=0.2", 'stop=["END"]', "think=true", "grammar=a b"]
    assert dict(map(parse_option, words)) == options
