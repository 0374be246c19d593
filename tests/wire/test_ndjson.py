"""Tests of NDJSONDecoder."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import pieces, splits
from tui.errors import ProtocolBroken
from tui.wire.ndjson import NDJSONDecoder

MAX_BYTES = 1 << 20

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=5)


def objects_of(parts: list[bytes]) -> list[object]:
    decoder = NDJSONDecoder(MAX_BYTES)
    return [value for part in parts for value in decoder.feed(part)]


@given(st.lists(json_objects, max_size=6), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans(), st.data())
def test_objects_do_not_depend_on_chunk_boundaries(
    objects: list[dict[str, object]], end: str, ascii_only: bool, data: st.DataObject
) -> None:
    stream = "".join(json.dumps(value, ensure_ascii=ascii_only) + end for value in objects).encode("utf-8", "replace")
    expected = [json.loads(line) for line in stream.split(b"\n") if line.strip()]
    assert objects_of(data.draw(pieces(stream))) == expected


def test_unicode_line_separators_stay_inside_strings() -> None:
    stream = '{"a":"x\x85y\u2028z\u2029"}\n{"b":1}\n'.encode()
    for parts in splits(stream):
        assert objects_of(parts) == [{"a": "x\x85y\u2028z\u2029"}, {"b": 1}]


def test_invalid_utf8_becomes_replacement_characters() -> None:
    assert objects_of([b'{"a":"\xff\xc3"}\n']) == [{"a": "\ufffd\ufffd"}]


@pytest.mark.parametrize("line", [b"null", b" null ", b"[]", b"[ ]", b"17", b"ping", b'"ping"', b"keep-alive", b"  "])
def test_lines_that_carry_nothing_are_skipped(line: bytes) -> None:
    for parts in splits(b'{"a":1}\n' + line + b'\n{"b":2}\n'):
        assert objects_of(parts) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    "line",
    [
        b"<html>",
        b"{",
        b'"text"',
        b"[1]",
        b"[null]",
        b'"null"',
        b"[" * 200_000,
        b"9" * 5_000,
        b'{"a":1}{"b":2}',
        b"\x1b[2J",
    ],
)
def test_invalid_line_is_refused_after_preceding_objects(line: bytes) -> None:
    decoder = NDJSONDecoder(MAX_BYTES)
    objects = decoder.feed(b'{"a":1}\n' + line + b"\n")
    assert next(objects) == {"a": 1}
    with pytest.raises(ProtocolBroken) as raised:
        next(objects)
    assert len(str(raised.value)) < 300
    assert "\x1b" not in str(raised.value)


def test_web_page_is_reported_without_quoting_it() -> None:
    with pytest.raises(ProtocolBroken, match="web page") as raised:
        list(NDJSONDecoder(1000).feed(b" <html><p>504</p></html>\n"))
    assert "<" not in str(raised.value)


def test_finish_returns_unterminated_last_line() -> None:
    decoder = NDJSONDecoder(MAX_BYTES)
    assert list(decoder.feed(b'{"a":1}\n {"done":true} ')) == [{"a": 1}]
    assert decoder.finish() == '{"done":true}'
    assert decoder.finish() == ""


@given(st.binary(max_size=400), st.data())
def test_arbitrary_bytes_are_decoded_or_refused_consistently(stream: bytes, data: st.DataObject) -> None:
    def outcome(parts: list[bytes]) -> tuple[list[object], str]:
        decoder = NDJSONDecoder(64)
        received: list[object] = []
        try:
            for part in parts:
                received.extend(decoder.feed(part))
        except ProtocolBroken:
            return received, "refused"
        return received, decoder.finish()

    assert outcome(data.draw(pieces(stream))) == outcome([stream])
