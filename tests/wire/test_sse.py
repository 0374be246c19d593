"""Tests of SSEDecoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import pieces, splits
from tui.errors import ProtocolBroken
from tui.wire.sse import ServerSentEvent, SSEDecoder, StrayLine

MAX_BYTES = 1 << 20


def events_of(parts: list[bytes]) -> list[ServerSentEvent | StrayLine]:
    decoder = SSEDecoder(MAX_BYTES)
    return [event for part in parts for event in decoder.feed(part)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [ServerSentEvent("a")]),
        (b"data:a\n\ndata:  b\n\n", [ServerSentEvent("a"), ServerSentEvent(" b")]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [ServerSentEvent("a"), ServerSentEvent("b")]),
        (b"data: a\r\rdata: b\r\r", [ServerSentEvent("a"), ServerSentEvent("b")]),
        (b"\xef\xbb\xbfdata: a\n\n", [ServerSentEvent("a")]),
        (b": comment\ndata: a\n:\n\n: another\n\n", [ServerSentEvent("a")]),
        (b'data: {"a":\ndata: 1}\n\n', [ServerSentEvent('{"a":\n1}')]),
        (b"data\ndata\n\n", [ServerSentEvent("\n")]),
        (b"data\n\n", [ServerSentEvent("")]),
        (b"event: error\ndata: x\n\ndata: y\n\n", [ServerSentEvent("x", "error"), ServerSentEvent("y")]),
        (b"event: ping\n\ndata: y\n\n", [ServerSentEvent("y")]),
        (b"id: 7\ndata: a\n\ndata: b\n\n", [ServerSentEvent("a", "", "7"), ServerSentEvent("b", "", "7")]),
        (b"id: 7\nid: 8\0\ndata: a\n\n", [ServerSentEvent("a", "", "7")]),
        (b"retry: 10\ndata: a\n\n", [ServerSentEvent("a")]),
        ("data: é漢😀\u2028\x85\n\n".encode(), [ServerSentEvent("é漢😀\u2028\x85")]),
        (b"data: \xff\n\n", [ServerSentEvent("\ufffd")]),
        (b"error: {}\n\n", [StrayLine("error: {}")]),
        (b'{"error":"x"}\n\n', [StrayLine('{"error":"x"}')]),
        (b"Data: a\n\n", [StrayLine("Data: a")]),
        (b"data: cut", []),
        (b"data: cut\n", []),
        (b"\n\n\n", []),
    ],
)
def test_events_follow_the_standard_at_any_chunk_boundary(
    stream: bytes, events: list[ServerSentEvent | StrayLine]
) -> None:
    for parts in splits(stream):
        assert events_of(parts) == events


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b'data: {"a":1}\ndata: {"b":2}\n\n', [ServerSentEvent('{"a":1}'), ServerSentEvent('{"b":2}')]),
        (
            b"data: {}\ndata: [DONE]\ndata: {}\n",
            [ServerSentEvent("{}"), ServerSentEvent("[DONE]"), ServerSentEvent("{}")],
        ),
        (b"data: {}\ndata: x\ndata: y\n\n", [ServerSentEvent("{}"), ServerSentEvent("x\ny")]),
        (b"data: {}\n[DONE]\n", [ServerSentEvent("{}"), StrayLine("[DONE]")]),
        (b"event: a\ndata: {}\nevent: b\ndata: []\n\n", [ServerSentEvent("{}", "a"), ServerSentEvent("[]", "b")]),
        (b"data: {}\nid: 1\n:\ndata: {}\n\n", [ServerSentEvent("{}", "", "1"), ServerSentEvent("{}", "", "1")]),
        (b'data: {"a":\ndata: {}\ndata: }\n\n', [ServerSentEvent('{"a":\n{}\n}')]),
        (b"data: {}\nevent: error\n\n", [ServerSentEvent("{}", "error")]),
    ],
)
def test_complete_json_is_an_event_without_a_blank_line(
    stream: bytes, events: list[ServerSentEvent | StrayLine]
) -> None:
    for parts in splits(stream):
        assert events_of(parts) == events


def test_name_of_an_event_without_data_is_remembered() -> None:
    decoder = SSEDecoder(MAX_BYTES)
    assert decoder.dataless_event == ""
    assert list(decoder.feed(b"event: ping\n\nevent: done\n\nevent: other\ndata: x\n\n")) == [
        ServerSentEvent("x", "other")
    ]
    assert decoder.dataless_event == "done"


def test_finish_returns_unterminated_event() -> None:
    decoder = SSEDecoder(MAX_BYTES)
    assert list(decoder.feed(b"data: a\n\nevent: error\ndata: [DO")) == [ServerSentEvent("a")]
    assert decoder.finish() == (ServerSentEvent("[DO", "error"),)
    assert decoder.finish() == ()


def test_finish_returns_event_whose_last_line_ends_in_cr() -> None:
    decoder = SSEDecoder(MAX_BYTES)
    assert list(decoder.feed(b"data: a\r")) == []
    assert decoder.finish() == (ServerSentEvent("a"),)


def test_retry_is_stored_if_it_is_a_number() -> None:
    decoder = SSEDecoder(MAX_BYTES)
    list(decoder.feed(b"retry: 1500\nretry: soon\nretry: -1\nretry: " + b"9" * 5_000 + b"\n\n"))
    assert decoder.retry_ms == 1500


def test_too_long_event_of_short_lines_is_refused() -> None:
    decoder = SSEDecoder(10)
    events = decoder.feed(b"data: ok\n\n" + b"data: 1234\n" * 3)
    assert next(events) == ServerSentEvent("ok")
    with pytest.raises(ProtocolBroken, match="more than 10 bytes"):
        next(events)


@given(
    st.lists(
        st.sampled_from([b"data", b":", b" ", b"a", b"\r", b"\n", b"\n\n", b"event", b"id", b"\xef\xbb\xbf", b"\xe2"])
    ),
    st.data(),
)
def test_events_do_not_depend_on_chunk_boundaries(tokens: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(tokens)
    parts = data.draw(pieces(stream))
    split, unsplit = SSEDecoder(MAX_BYTES), SSEDecoder(MAX_BYTES)
    assert [e for part in parts for e in split.feed(part)] == list(unsplit.feed(stream))
    assert split.finish() == unsplit.finish()


@given(st.binary(max_size=400), st.data())
def test_arbitrary_bytes_are_decoded_or_refused(stream: bytes, data: st.DataObject) -> None:
    decoder = SSEDecoder(64)
    message = ""
    try:
        for part in data.draw(pieces(stream)):
            list(decoder.feed(part))
        decoder.finish()
    except ProtocolBroken as error:
        message = str(error)
    assert not message or "64 bytes" in message


def test_last_comment_is_kept_up_to_a_limit() -> None:
    decoder = SSEDecoder(MAX_BYTES)
    assert decoder.comment == ""
    assert list(decoder.feed(b": keepalive 3/10\ndata: a\n\n")) == [ServerSentEvent("a")]
    assert decoder.comment == "keepalive 3/10"
    assert list(decoder.feed(b":" + b"x" * 5_000 + b"\n")) == []
    assert len(decoder.comment) < 300
