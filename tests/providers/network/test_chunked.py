"""ChunkJoiner: the body is the same, and so is what is wrong with it."""

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
    made = ChunkJoiner()
    made.expect_head()
    return made


def joined(*received: bytes) -> list[bytes]:
    made = joiner()
    return [made.feed(data) for data in received]


def body_read(received: list[bytes]) -> tuple[bytes, str]:
    """What an HTTP library makes of a reply: its body, and what it says of its end."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    body = b""
    try:
        # The last says that the connection is at its end.
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


def test_chunks_that_came_together_become_one() -> None:
    body = b"".join(map(chunk, (b"Hel", b"lo", b" there")))

    assert joined(HEAD + body) == [HEAD + b"b\r\nHello there\r\n"]
    assert joined(HEAD, body, body + b"0\r\n\r\n") == [
        HEAD,
        b"b\r\nHello there\r\n",
        b"b\r\nHello there\r\n0\r\n\r\n",
    ]


def test_a_piece_of_a_chunk_does_not_wait_for_the_rest() -> None:
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


@pytest.mark.parametrize("wrong", [b"XX", b"\rX", b"5\r\nhello\r\n"])
def test_what_should_end_a_chunk_and_does_not_is_left_for_the_library_to_see(wrong: bytes) -> None:
    assert joined(HEAD, chunk(b"a") + b"1\r\nb" + wrong, b"rest") == [HEAD, b"2\r\nab" + wrong, b"rest"]
    assert joined(HEAD, b"1\r\nb", wrong, b"rest") == [HEAD, b"1\r\nb", wrong, b"rest"]


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
def test_what_is_no_chunked_body_passes_as_it_came(head: bytes) -> None:
    body = [chunk(b"a") + chunk(b"b"), chunk(b"c")]

    assert joined(head, *body) == [head, *body]


def test_nothing_is_looked_at_before_anything_was_asked() -> None:
    assert ChunkJoiner().feed(HEAD + chunk(b"a") + chunk(b"b")) == HEAD + chunk(b"a") + chunk(b"b")


def test_a_reply_that_goes_before_another_is_passed_by() -> None:
    going_before = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    body = chunk(b"a") + chunk(b"b")

    assert joined(going_before + HEAD + body) == [going_before + HEAD + chunk(b"ab")]
    assert joined(going_before, HEAD + body) == [going_before, HEAD + chunk(b"ab")]


def test_the_next_reply_over_the_same_connection_is_joined_too() -> None:
    made = joiner()
    reply = HEAD + chunk(b"a") + chunk(b"b") + b"0\r\n\r\n"
    for _ in range(3):
        assert made.feed(reply) == HEAD + chunk(b"ab") + b"0\r\n\r\n"
        made.expect_head()


def test_what_is_sent_in_the_middle_of_a_reply_changes_nothing() -> None:
    made = joiner()
    made.feed(HEAD + b"3\r\nab")
    made.expect_head()

    assert made.feed(b"c\r\n" + chunk(b"d") + chunk(b"e")) == b"3\r\ncde\r\n"


WRONG = st.sampled_from(
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


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=20).map(chunk), WRONG), max_size=8), st.booleans(), st.data())
def test_the_library_reads_the_same_as_without_it_however_the_bytes_are_cut(
    parts: list[bytes], ends: bool, data: st.DataObject
) -> None:
    stream = HEAD + b"".join(parts) + (b"0\r\n\r\n" if ends else b"")
    received = data.draw(pieces(stream))

    assert body_read([piece for piece in joined(*received) if piece]) == body_read(
        [piece for piece in received if piece]
    )
