"""Request options in the form KEY=VALUE."""

from __future__ import annotations

import pytest

from tui.chat.chunk import JSONValue
from tui.chat.options import checked_option, closest_option, format_options, parse_option, thinking_value
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
        ("think=off", ("think", "off")),
        ("think=x-high", ("think", "x-high")),
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
def test_value_is_parsed_as_json_or_is_text(written: str, expected: tuple[str, JSONValue]) -> None:
    assert parse_option(written) == expected


@pytest.mark.parametrize("written", ["", "temperature", "=1", "two words=1"])
def test_text_without_key_and_value_is_rejected(written: str) -> None:
    with pytest.raises(UsageError, match="is not KEY=VALUE") as caught:
        parse_option(written)
    assert "temperature=0.2" in caught.value.hint


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
        ("think=1", "off, on, or a level of the model, such as low, medium or high"),
        ("think=null", "off, on, or a level of the model"),
        ("think=", "off, on, or a level of the model"),
        ("think=as much as you can", "off, on, or a level of the model"),
        ("truncate=1", "true or false"),
    ],
)
def test_invalid_value_of_known_option_is_rejected(written: str, allowed: str) -> None:
    with pytest.raises(UsageError, match="cannot be") as caught:
        parse_option(written)
    assert allowed in caught.value.hint


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (True, "on"),
        ("On", "on"),
        ("true", "on"),
        (False, "off"),
        ("off", "off"),
        ("none", "off"),
        ("High", "High"),
        ("", ""),
        (None, ""),
        (1, ""),
    ],
)
def test_thinking_value_is_off_on_or_a_level(value: JSONValue, word: str) -> None:
    assert thinking_value(value) == word


def test_infinity_is_rejected() -> None:
    with pytest.raises(UsageError):
        checked_option("temperature", float("inf"))


def test_near_option_suggests_known_option() -> None:
    assert closest_option("temprature") == "temperature"
    assert closest_option("temperature") == closest_option("mirostat_tau_of_mine") == ""


def test_formatted_options_can_be_parsed_again() -> None:
    options: dict[str, JSONValue] = {"temperature": 0.2, "stop": ["END"], "think": True, "grammar": "a b"}
    texts = format_options(options)
    assert texts == ["temperature=0.2", 'stop=["END"]', "think=true", "grammar=a b"]
    assert dict(map(parse_option, texts)) == options
