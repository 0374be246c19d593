"""Tests of parse_object and parse_rows. Lines that a decoder rejects are tested in test_ndjson."""

from __future__ import annotations

import pytest

from tui.errors import ProtocolBroken
from tui.wire.objects import (
    is_complete_json,
    is_keep_alive,
    parse_object,
    parse_object_or_list,
    parse_objects,
    parse_rows,
)


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


def test_object_or_list_of_objects_is_parsed_to_a_list() -> None:
    assert parse_objects('{"a": 1}') == [{"a": 1}]
    assert parse_objects('[{"a": 1}, {"b": 2}]') == [{"a": 1}, {"b": 2}]
    assert parse_objects("[]") == []


@pytest.mark.parametrize("text", ['[{"a": 1}, null]', "[1]", '"text"', "5", "{} {}"])
def test_other_json_is_not_a_list_of_objects(text: str) -> None:
    with pytest.raises(ProtocolBroken):
        parse_objects(text)


@pytest.mark.parametrize(
    ("text", "is_complete"),
    [("{}", True), (" [1] ", True), ('{"a": {}}', True), ("{", False), ("1", False), ("", False), ("{} {}", False)],
)
def test_complete_json_is_an_object_or_list_with_nothing_after_it(text: str, is_complete: bool) -> None:
    assert is_complete_json(text) is is_complete


@pytest.mark.parametrize(
    "text", ["", " ", "null", "[]", "{ }", "-1", "17", "ping", "'Ping'", '"keep_alive"', "heart-beat"]
)
def test_keep_alives_are_recognized(text: str) -> None:
    assert is_keep_alive(text)


@pytest.mark.parametrize("text", ["[DONE]", "nullable", "ping me", '"word"', "[null]", '{"a": 1}', "1.5.2", "9" * 50])
def test_other_lines_are_not_keep_alives(text: str) -> None:
    assert not is_keep_alive(text)
