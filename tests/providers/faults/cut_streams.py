"""Streams that are cut off: the connection is closed or reset before the end of the body."""

from __future__ import annotations

from typing import Final

from tests.fault_server import JSON, Connection, Script
from tests.providers.bodies import Answer
from tests.providers.faults.fault import COMPLETE, MAX_ATTEMPTS, PARTIAL, Fault
from tests.providers.faults.servers import hello_body, sends_head
from tests.providers.wire_formats import WireFormat


def _sends_after_text(wire: WireFormat, data: bytes) -> Script:
    async def script(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        await connection.body(wire.text("Hello"))
        await connection.send(data)

    return script


CUT_STREAMS: Final = (
    Fault(
        "The connection is closed between two events",
        lambda wire: wire.cuts_after(wire.text("Hello")),
        error_kind="interrupted",
        expected_answer=PARTIAL,
        expected_words=("in the middle of its response",),
    ),
    Fault(
        "The connection is reset between two events",
        lambda wire: wire.resets_after(wire.text("Hello")),
        error_kind="interrupted",
        expected_answer=PARTIAL,
        expected_words=("in the middle of its response",),
    ),
    Fault(
        "The connection is closed inside an event",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.text(" there")[:15]),
        error_kind="interrupted",
        expected_answer=PARTIAL,
    ),
    Fault(
        "The connection is reset inside an event",
        lambda wire: wire.resets_after(wire.text("Hello"), wire.text(" there")[:15]),
        error_kind="interrupted",
        expected_answer=PARTIAL,
    ),
    Fault(
        "The connection is closed inside a character",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.text("🙂").partition("🙂".encode()[1:])[0]),
        error_kind="interrupted",
        expected_answer=PARTIAL,
    ),
    Fault(
        "The connection is closed before the first text",
        lambda wire: wire.cuts_after(wire.keep_alive),
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The body is shorter than its Content-Length",
        sends_head(lambda wire: wire.text("Hello"), length=lambda wire: len(wire.text("Hello")) + 9),
        error_kind="interrupted",
        expected_answer=PARTIAL,
    ),
    Fault(
        "The body is shorter than its Content-Length, but the answer is complete",
        sends_head(hello_body, length=lambda wire: len(hello_body(wire)) + 9),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The body is longer than its Content-Length",
        sends_head(hello_body, length=lambda wire: len(wire.text("Hel")) + 3),
        error_kind="interrupted",
        expected_answer=Answer("Hel"),
    ),
    Fault(
        "A single JSON object is cut off",
        sends_head(lambda wire: wire.unstreamed[:-3], length=lambda wire: len(wire.unstreamed), content_type=JSON),
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The body contains an invalid HTTP chunk",
        lambda wire: _sends_after_text(wire, b"zz\r\n"),
        error_kind="protocol",
        expected_answer=PARTIAL,
        expected_words=("Invalid HTTP response",),
    ),
    Fault(
        "The connection is closed in the thinking",
        lambda wire: wire.cuts_after(wire.thinking("Hm")),
        error_kind="interrupted",
        expected_answer=Answer(thinking="Hm"),
    ),
)
