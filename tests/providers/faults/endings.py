"""Unusual ends of streams: missing end markers, missing finish reasons, empty bodies."""

from __future__ import annotations

from typing import Final

from tests.providers.bodies import Answer, delta, sse
from tests.providers.faults.fault import COMPLETE, EVENT_STREAMS, MAX_ATTEMPTS, OLLAMA, PARTIAL, Fault
from tests.providers.faults.servers import hello_body, streams_body

ENDINGS: Final = (
    Fault(
        "The stream contains only its end marker",
        streams_body(lambda _: b"data: [DONE]\n\n"),
        EVENT_STREAMS,
        expected_answer=Answer(),
    ),
    Fault(
        "The stream contains only its end marker",
        streams_body(lambda wire: wire.end),
        OLLAMA,
        expected_answer=Answer(finish_reason="stop"),
    ),
    Fault(
        "The body is empty",
        lambda wire: wire.streams(),
        error_kind="interrupted",
        expected_words=("empty", "context"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The body ends before the first text",
        lambda wire: wire.streams(wire.text("")),
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The body ends properly in the middle of the answer",
        lambda wire: wire.streams(wire.text("Hello")),
        error_kind="interrupted",
        expected_answer=PARTIAL,
        expected_words=("before the answer was complete",),
    ),
    Fault(
        "The body contains only keep-alives",
        lambda wire: wire.streams(wire.keep_alive * 3),
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The last event has a finish reason but no end marker",
        streams_body(lambda wire: wire.text("Hello") + wire.event({"done_reason": "stop"})),
        OLLAMA,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The end marker comes without a finish reason",
        streams_body(lambda wire: wire.text("Hello") + wire.event({"done": True})),
        OLLAMA,
        expected_answer=PARTIAL,
    ),
    Fault(
        "The end marker comes without a finish reason",
        streams_body(lambda wire: wire.text("Hello") + sse("[DONE]")),
        EVENT_STREAMS,
        expected_answer=PARTIAL,
    ),
    Fault(
        "The stream ends after the finish reason",
        streams_body(lambda wire: wire.text("Hello") + wire.finish_event),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The stream stalls after the finish reason",
        lambda wire: wire.hangs_after(wire.text("Hello"), wire.finish_event),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The connection is closed after the finish reason",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.finish_event),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The finish reason is empty in every chunk",
        streams_body(lambda wire: sse(delta("Hel", finish=""), delta("lo", finish="")) + wire.end),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "The finish reason comes with the thinking, and text follows",
        streams_body(lambda wire: sse(delta(None, reasoning_content="Hm", finish="stop")) + hello_body(wire)),
        EVENT_STREAMS,
        expected_answer=Answer("Hello", thinking="Hm", finish_reason="stop"),
    ),
    Fault(
        "The finish reason comes twice",
        streams_body(lambda wire: wire.text("Hello") + wire.finish_event + wire.end),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
)
