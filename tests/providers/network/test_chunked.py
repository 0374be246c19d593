"""Tests of ChunkJoiner: the HTTP library sees the same body and the same errors as without it."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import pieces
from tui.providers.network.chunked import ChunkJoiner

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def joiner() -> ChunkJoiner:
    chunk_joiner = ChunkJoiner()
    chunk_joiner.expect_head()
    return chunk_joiner


def joined(*received: bytes) -> list[bytes]:
    chunk_joiner = joiner()
    return [chunk_joiner.feed(data) for data in received]


def parse_with_h11(received: list[bytes]) -> tuple[bytes, str]:
    """The body that h11 parses from a response, and the name of the event or exception at its end."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    body = b""
    try:
        # Empty bytes are the end of the connection.
        for data in [*filter(None, received), b""]:
            connection.receive_data(data)
            while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.Data):
                    body += event.data
                elif not isinstance(event, h11.Response):
                    return body, type(event).__name__
    except h11.RemoteProtocolError as error:
        return body, type(error).__name__
    return body, ""


def test_chunks_that_arrive_together_become_one() -> None:
    body = b"".join(map(chunk, (b"Hel", b"lo", b" there")))

    assert joined(HEAD + body) == [HEAD + b"b\r\nHello there\r\n"]
    assert joined(HEAD, body, body + b"0\r\n\r\n") == [
        HEAD,
        b"b\r\nHello there\r\n",
        b"b\r\nHello there\r\n0\r\n\r\n",
    ]


def test_part_of_a_chunk_is_passed_on_immediately() -> None:
    assert joined(HEAD + b"b\r\nHel", b"lo the", b"re", b"\r\n2\r", b"\n", b"!!", b"\r", b"\n0\r\n\r\n") == [
        HEAD + b"3\r\nHel\r\n",
        b"6\r\nlo the\r\n",
        b"2\r\nre",
        b"\r\n",
        b"",
        b"2\r\n!!",
        b"",
        b"\r\n0\r\n\r\n",
    ]


@pytest.mark.parametrize("invalid", [b"XX", b"\rX", b"5\r\nhello\r\n"])
def test_invalid_end_of_a_chunk_is_passed_on_unchanged(invalid: bytes) -> None:
    assert joined(HEAD, chunk(b"a") + b"1\r\nb" + invalid, b"rest") == [HEAD, b"2\r\nab" + invalid, b"rest"]
    assert joined(HEAD, b"1\r\nb", invalid, b"rest") == [HEAD, b"1\r\nb", invalid, b"rest"]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Transfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n",
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_other_bodies_pass_unchanged(head: bytes) -> None:
    body = [chunk(b"a") + chunk(b"b"), chunk(b"c")]

    assert joined(head, *body) == [head, *body]


def test_bytes_before_the_first_request_pass_unchanged() -> None:
    assert ChunkJoiner().feed(HEAD + chunk(b"a") + chunk(b"b")) == HEAD + chunk(b"a") + chunk(b"b")


def test_informational_response_is_skipped() -> None:
    early_hints = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    body = chunk(b"a") + chunk(b"b")

    assert joined(early_hints + HEAD + body) == [early_hints + HEAD + chunk(b"ab")]
    assert joined(early_hints, HEAD + body) == [early_hints, HEAD + chunk(b"ab")]


def test_next_response_on_the_connection_is_joined() -> None:
    chunk_joiner = joiner()
    response = HEAD + chunk(b"a") + chunk(b"b") + b"0\r\n\r\n"
    for _ in range(3):
        assert chunk_joiner.feed(response) == HEAD + chunk(b"ab") + b"0\r\n\r\n"
        chunk_joiner.expect_head()


def test_sending_in_the_middle_of_a_response_changes_nothing() -> None:
    chunk_joiner = joiner()
    chunk_joiner.feed(HEAD + b"3\r\nab")
    chunk_joiner.expect_head()

    assert chunk_joiner.feed(b"c\r\n" + chunk(b"d") + chunk(b"e")) == b"3\r\ncde\r\n"


UNUSUAL_CHUNK = st.sampled_from(
    [
        b"",
        b"x",
        b"\r\n",
        b"\n",
        b"\r",
        b"5;ext=1\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"-1\r\n",
        b"FFFFFFFFF\r\n",
        b"3 \r\nabc\r\n",
    ]
)


@given(
    st.lists(st.one_of(st.binary(min_size=1, max_size=20).map(chunk), UNUSUAL_CHUNK), max_size=8),
    st.booleans(),
    st.data(),
)
def test_library_parses_the_same_at_any_chunk_boundary(parts: list[bytes], ends: bool, data: st.DataObject) -> None:
    stream = HEAD + b"".join(parts) + (b"0\r\n\r\n" if ends else b"")
    received = data.draw(pieces(stream))

    assert parse_with_h11([piece for piece in joined(*received) if piece]) == parse_with_h11(
        [piece for piece in received if piece]
    )


# The end of a response


def plain(body: bytes, *lines: bytes, status: bytes = b"200 OK") -> bytes:
    """A response with these header lines."""
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


COMPLETE_RESPONSES = [
    plain(b"hello", b"Content-Length: 5"),
    plain(b"", b"content-length:0"),
    plain(b"", status=b"204 No Content"),
    plain(b"", b"Content-Length: 5", status=b"304 Not Modified"),
    HEAD + b"0\r\n\r\n",
    HEAD + chunk(b"hello") + chunk(b"there") + b"0\r\n\r\n",
    HEAD + chunk(b"hello") + b"000\r\nX-Trailer: 1\r\nY: 2\r\n\r\n",
    plain(b"", status=b"103 Early Hints") + plain(b"hello", b"Content-Length: 5"),
]


@pytest.mark.parametrize("response", COMPLETE_RESPONSES)
def test_end_of_a_response_is_noticed_wherever_it_is_cut(response: bytes) -> None:
    for cut in range(len(response)):
        chunk_joiner = joiner()
        passed_on = chunk_joiner.feed(response[:cut])
        assert not chunk_joiner.is_between_responses
        assert passed_on + chunk_joiner.feed(response[cut:])
        assert chunk_joiner.is_between_responses


@pytest.mark.parametrize("response", COMPLETE_RESPONSES)
def test_bytes_after_a_response_are_noticed_and_passed_on(response: bytes) -> None:
    excess = plain(b"LEFT OVER", b"Content-Length: 9")
    for cut in range(1, len(response + excess)):
        chunk_joiner = joiner()
        passed_on = chunk_joiner.feed((response + excess)[:cut]) + chunk_joiner.feed((response + excess)[cut:])
        assert passed_on.endswith(excess)
        assert not chunk_joiner.is_between_responses


@pytest.mark.parametrize(
    "response",
    [
        plain(b"until the end of the connection"),
        plain(b"hello", b"Content-Length: 5", b"Content-Length: 5"),
        plain(b"hello", b"Content-Length: five"),
        plain(b"hello", b"Content-Length: " + b"9" * 5_000),
        plain(b"5\r\nhello\r\n0\r\n\r\n", b"Transfer-Encoding: gzip, chunked", b"Content-Length: 5"),
        HEAD + b"5;name=value\r\nhello\r\n0\r\n\r\n",
        HEAD + b"0\r\n" + b"X: 1\r\n" * 20_000,
        b"not HTTP",
    ],
)
def test_connection_with_unknown_end_of_the_response_is_not_used_again(response: bytes) -> None:
    chunk_joiner = joiner()
    assert chunk_joiner.feed(response) == response
    assert not chunk_joiner.is_between_responses


def test_next_request_on_a_connection_expects_its_response() -> None:
    chunk_joiner = joiner()
    for _ in range(2):
        chunk_joiner.feed(HEAD + chunk(b"hello"))
        chunk_joiner.expect_head()
        assert chunk_joiner.feed(chunk(b"a") + chunk(b"b") + b"0\r\n\r\n") == b"2\r\nab\r\n0\r\n\r\n"
        assert chunk_joiner.is_between_responses
        chunk_joiner.expect_head()
        assert not chunk_joiner.is_between_responses


def test_negotiation_with_a_socks_proxy_is_not_part_of_the_response() -> None:
    chunk_joiner = joiner()
    assert chunk_joiner.feed(b"\x05\x00") == b"\x05\x00"
    chunk_joiner.expect_head()
    assert chunk_joiner.feed(HEAD + chunk(b"a") + chunk(b"b")) == HEAD + b"2\r\nab\r\n"
