"""Unusual but valid framing of lines and events."""

from __future__ import annotations

from typing import Final

from tests.providers.bodies import Answer, delta, sse
from tests.providers.faults.fault import COMPLETE, EVENT_STREAMS, OLLAMA, Fault
from tests.providers.faults.servers import drips, hello_body, streams_body

FRAMING: Final = (
    Fault(
        "The answer arrives byte by byte",
        drips(lambda wire: wire.body("Hé", "llo — 你好 🙂")),
        options={"read_bytes": 1},
        expected_answer=Answer("Héllo — 你好 🙂", finish_reason="stop"),
    ),
    Fault(
        "A character is split between two chunks",
        lambda wire: wire.streams(*wire.text("🙂").partition("🙂".encode()[:2]), wire.end),
        expected_answer=Answer("🙂", finish_reason="stop"),
    ),
    Fault(
        "A JSON object is split between two chunks",
        lambda wire: wire.streams(wire.text("Hello")[:9], wire.text("Hello")[9:] + wire.end[:9], wire.end[9:]),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The text contains Unicode line separators",
        streams_body(lambda wire: wire.body("a\u2028b\u2029c\u0085d\ve\f")),
        expected_answer=Answer("a\u2028b\u2029c\u0085d\ve\f", finish_reason="stop"),
    ),
    Fault(
        "Lines end in CR and LF",
        streams_body(lambda wire: hello_body(wire).replace(b"\n", b"\r\n")),
        expected_answer=COMPLETE,
    ),
    Fault(
        "Lines end in CR alone",
        streams_body(lambda wire: hello_body(wire).replace(b"\n", b"\r")),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The body begins with a byte order mark",
        streams_body(lambda wire: b"\xef\xbb\xbf" + hello_body(wire)),
        expected_answer=COMPLETE,
    ),
    Fault(
        "Blank lines separate the JSON objects",
        streams_body(lambda wire: b"\n\n \n" + hello_body(wire) + b"\n"),
        OLLAMA,
        expected_answer=COMPLETE,
    ),
    Fault(
        "No space follows the colon",
        streams_body(lambda wire: hello_body(wire).replace(b"data: ", b"data:")),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "Events have id, event and retry fields",
        streams_body(lambda wire: hello_body(wire).replace(b"data: ", b"id: 7\nevent: message\nretry: 5\ndata: ")),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The stream contains events with unknown names",
        streams_body(lambda wire: b"event: ping\ndata: {}\n\nevent: ping\ndata: pong\n\n" + hello_body(wire)),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The stream contains comments between and inside events",
        streams_body(
            lambda wire: b": OPENROUTER PROCESSING\n\n:\n" + hello_body(wire).replace(b"\n\n", b"\n: x\n\n: y\n\n")
        ),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The stream contains very many keep-alives",
        streams_body(
            lambda wire: wire.keep_alive * 50_000 + wire.text("Hel") + wire.keep_alive * 50_000 + wire.body("lo")
        ),
        expected_answer=COMPLETE,
    ),
    Fault(
        "One event is megabytes long",
        streams_body(lambda wire: wire.body("long " * 500_000)),
        expected_answer=Answer("long " * 500_000, finish_reason="stop"),
    ),
    Fault(
        "One JSON object spans several data lines",
        streams_body(lambda wire: sse(delta("Hello")).replace(b', "', b',\ndata: "') + wire.end),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "No blank line follows the last event",
        streams_body(lambda wire: hello_body(wire)[:-2]),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The last line has no line ending", streams_body(lambda wire: hello_body(wire)[:-1]), expected_answer=COMPLETE
    ),
    Fault(
        "The server keeps the connection open after the last event",
        lambda wire: wire.hangs_after(hello_body(wire)),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The server sends more data after the last event",
        streams_body(lambda wire: hello_body(wire) + wire.text("more") + b"<html>garbage"),
        expected_answer=COMPLETE,
    ),
)
