"""Tests of LineDecoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import pieces, splits
from tui.errors import ProtocolBroken
from tui.wire.lines import LineDecoder

MAX_BYTES = 1 << 20


def lines_of(parts: list[bytes], *, lone_cr: bool) -> tuple[list[bytes], bytes]:
    decoder = LineDecoder(MAX_BYTES, lone_cr=lone_cr)
    lines = [line for part in parts for line in decoder.feed(part)]
    return lines, decoder.finish()


@pytest.mark.parametrize(
    ("stream", "lines", "rest"),
    [
        (b"", [], b""),
        (b"a\nb\n", [b"a", b"b"], b""),
        (b"a\r\nb\r\n", [b"a", b"b"], b""),
        (b"a\n\nb", [b"a", b""], b"b"),
        ("é漢😀\nmehr".encode(), ["é漢😀".encode()], b"mehr"),
        ("next\x85line\u2028sep\u2029\x0b\x0c\n".encode(), ["next\x85line\u2028sep\u2029\x0b\x0c".encode()], b""),
        (b"\xef\xbb\xbfa\n", [b"a"], b""),
        (b"\xef\xbb\xbf\xef\xbb\xbfa\n", [b"\xef\xbb\xbfa"], b""),
        (b"\xef\xbb", [], b"\xef\xbb"),
        (b"\xef\xbbx\n", [b"\xef\xbbx"], b""),
    ],
)
@pytest.mark.parametrize("lone_cr", [False, True])
def test_lines_do_not_depend_on_chunk_boundaries(stream: bytes, lines: list[bytes], rest: bytes, lone_cr: bool) -> None:
    for parts in splits(stream):
        assert lines_of(parts, lone_cr=lone_cr) == (lines, rest)


def test_lone_cr_ends_a_line_only_in_event_streams() -> None:
    assert lines_of([b"a\rb\r\nc\r\r\nd\n"], lone_cr=True) == ([b"a", b"b", b"c", b"", b"d"], b"")
    assert lines_of([b"a\rb\r\nc\r\r\nd\n"], lone_cr=False) == ([b"a\rb", b"c\r", b"d"], b"")


def test_cr_ends_a_line_without_waiting_for_lf() -> None:
    decoder = LineDecoder(MAX_BYTES, lone_cr=True)
    assert list(decoder.feed(b"a\r")) == [b"a"]
    assert list(decoder.feed(b"")) == []
    assert list(decoder.feed(b"\nb\n")) == [b"b"]


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", "é".encode(), b"\xef\xbb\xbf"])).map(b"".join), st.data())
def test_mixed_line_ends_do_not_depend_on_chunk_boundaries(stream: bytes, data: st.DataObject) -> None:
    parts = data.draw(pieces(stream))
    for lone_cr in (False, True):
        assert lines_of(parts, lone_cr=lone_cr) == lines_of([stream], lone_cr=lone_cr)


def test_too_long_line_is_refused_after_preceding_lines() -> None:
    decoder = LineDecoder(4, lone_cr=False)
    lines = decoder.feed(b"1234\n12345\n")
    assert next(lines) == b"1234"
    with pytest.raises(ProtocolBroken, match="more than 4 bytes"):
        next(lines)


def test_endless_line_is_refused_while_it_grows() -> None:
    decoder = LineDecoder(10, lone_cr=False)
    for _ in range(10):
        assert list(decoder.feed(b"x")) == []
    with pytest.raises(ProtocolBroken):
        list(decoder.feed(b"x"))
