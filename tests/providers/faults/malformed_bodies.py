"""Bodies that are not valid JSON or not valid text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.fault_server import Script
from tests.providers.bodies import Answer
from tests.providers.faults.fault import EVENT_STREAMS, OLLAMA, PARTIAL, Fault
from tests.providers.faults.servers import streams_body
from tests.providers.wire_formats import WireFormat


def streams_line(line: bytes) -> Callable[[WireFormat], Script]:
    """A server whose stream contains the given line where an object is expected, after some text."""
    return streams_body(
        lambda wire: wire.text("Hello") + (b"" if wire in OLLAMA else b"data: ") + line + b"\n\n" + wire.end
    )


def escaped_text(wire: WireFormat, *escapes: str) -> bytes:
    """A complete answer whose texts are JSON escapes, such as half a surrogate pair."""
    return b"".join(wire.text("@").replace(b"@", escape.encode()) for escape in escapes) + wire.end


MALFORMED_BODIES: Final = (
    *(
        Fault(
            f"The stream contains {what} in place of an event",
            streams_line(line),
            error_kind="protocol",
            expected_answer=PARTIAL,
            expected_words=("base_url",),
        )
        for what, line in (
            ("invalid JSON", b'{"message": oops}'),
            ("a list", b"[1]"),
            ("a string", b'"Hello"'),
            ("a number with thousands of digits", b'{"a": ' + b"9" * 5_000 + b"}"),
            ("arrays nested 200,000 deep", b"[" * 200_000),
            ("objects nested 200,000 deep", b'{"a":' * 200_000),
            ("invalid UTF-8", b"\x00\xff\xfe"),
        )
    ),
    Fault(
        "The stream contains plain text instead of JSON, then stalls",
        lambda wire: wire.hangs_after(b"data: Number of choices must be greater than 0.\n\n"),
        EVENT_STREAMS,
        error_kind="protocol",
        expected_words=("Number of choices",),
    ),
    Fault(
        "A surrogate pair is split between two events",
        streams_body(lambda wire: escaped_text(wire, "a\\ud83d", "\\ude42b")),
        expected_answer=Answer("a🙂b", finish_reason="stop"),
    ),
    Fault(
        "The text contains unpaired surrogates",
        streams_body(lambda wire: escaped_text(wire, "a\\ud83d", "b\\ude42c", "d\\ud83d")),
        expected_answer=Answer("a\ufffdb\ufffdcd\ufffd", finish_reason="stop"),
    ),
    Fault(
        "The text contains invalid UTF-8",
        streams_body(lambda wire: wire.text("a@b").replace(b"@", b"\xff") + wire.end),
        expected_answer=Answer("a\ufffdb", finish_reason="stop"),
    ),
    Fault(
        "The text contains terminal control characters",
        streams_body(lambda wire: escaped_text(wire, "\\u001b[2J", "\\u009b", "\\u202e")),
        expected_answer=Answer("\x1b[2J\x9b\u202e", finish_reason="stop"),
    ),
)
