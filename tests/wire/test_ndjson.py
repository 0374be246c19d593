"""NDJSONDecoder: bytes → objects."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import cuts, pieces
from tui.errors import ProtocolBroken
from tui.wire.ndjson import NDJSONDecoder

LONGEST = 1 << 20

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=5)


def objects_of(parts: list[bytes]) -> list[object]:
    decoder = NDJSONDecoder(LONGEST)
    return [value for part in parts for value in decoder.feed(part)]


@given(st.lists(json_objects, max_size=6), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans(), st.data())
def test_objects_do_not_depend_on_where_the_bytes_were_cut(
    objects: list[dict[str, object]], end: str, ascii_only: bool, data: st.DataObject
) -> None:
    stream = "".join(json.dumps(value, ensure_ascii=ascii_only) + end for value in objects).encode("utf-8", "replace")
    expected = [json.loads(line) for line in stream.split(b"\n") if line.strip()]
    assert objects_of(data.draw(pieces(stream))) == expected


def test_a_character_that_others_take_for_a_line_end_stays_inside_its_string() -> None:
    stream = '{"a":"x\x85y\u2028z\u2029"}\n{"b":1}\n'.encode()
    for parts in cuts(stream):
        assert objects_of(parts) == [{"a": "x\x85y\u2028z\u2029"}, {"b": 1}]


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert objects_of([b'{"a":"\xff\xc3"}\n']) == [{"a": "\ufffd\ufffd"}]


@pytest.mark.parametrize(
    "line",
    [b"<html>", b"{", b'"text"', b"[1]", b"17", b"null", b"[" * 200_000, b"9" * 5_000, b'{"a":1}{"b":2}', b"\x1b[2J"],
)
def test_a_line_that_is_no_object_is_refused_after_the_objects_before_it(line: bytes) -> None:
    decoder = NDJSONDecoder(LONGEST)
    objects = decoder.feed(b'{"a":1}\n' + line + b"\n")
    assert next(objects) == {"a": 1}
    with pytest.raises(ProtocolBroken) as refused:
        next(objects)
    assert len(str(refused.value)) < 300
    assert "\x1b" not in str(refused.value)


def test_a_web_page_is_told_as_such_and_not_shown() -> None:
    with pytest.raises(ProtocolBroken, match="web page") as refused:
        list(NDJSONDecoder(1000).feed(b" <html><p>504</p></html>\n"))
    assert "<" not in str(refused.value)


def test_the_last_line_may_come_without_its_end() -> None:
    decoder = NDJSONDecoder(LONGEST)
    assert list(decoder.feed(b'{"a":1}\n {"done":true} ')) == [{"a": 1}]
    assert decoder.finish() == '{"done":true}'
    assert decoder.finish() == ""


@given(st.binary(max_size=400), st.data())
def test_no_bytes_crash_it_and_a_cut_changes_nothing(stream: bytes, data: st.DataObject) -> None:
    def outcome(parts: list[bytes]) -> tuple[list[object], str]:
        decoder = NDJSONDecoder(64)
        got: list[object] = []
        try:
            for part in parts:
                got.extend(decoder.feed(part))
        except ProtocolBroken:
            return got, "refused"
        return got, decoder.finish()

    assert outcome(data.draw(pieces(stream))) == outcome([stream])
