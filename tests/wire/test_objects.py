"""Tests of parse_object and parse_rows. Lines that a decoder rejects are tested in test_ndjson."""

from __future__ import annotations

import pytest

from tui.errors import ProtocolBroken
from tui.wire.objects import parse_object, parse_object_or_list, parse_rows


def test_whitespace_around_an_object_is_ignored() -> None:
    assert parse_object(' {"a": [1]}\n') == {"a": [1]}


def test_elements_of_a_list_that_are_not_objects_are_skipped() -> None:
    assert parse_rows('[{"a": 1}, 2, {"b": 3}]') == [{"a": 1}, {"b": 3}]


@pytest.mark.parametrize("text", ['{"a": 1}', "null", '"[]"'])
def test_json_that_is_not_a_list_is_refused(text: str) -> None:
    with pytest.raises(ProtocolBroken, match="not a list") as raised:
        parse_rows(text)
    assert text in str(raised.value)


def test_long_text_is_quoted_only_in_part() -> None:
    with pytest.raises(ProtocolBroken, match="invalid JSON") as raised:
        parse_object("x" * 10_000)
    assert len(str(raised.value)) < 200


def test_object_or_list_is_parsed_whole() -> None:
    assert parse_object_or_list('[{"a": 1}, "b"]') == [{"a": 1}, "b"]
    assert parse_object_or_list('{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("text", ['"a"', "5", "null", "", "<html>"])
def test_anything_but_an_object_or_list_is_a_protocol_error(text: str) -> None:
    with pytest.raises(ProtocolBroken):
        parse_object_or_list(text)
