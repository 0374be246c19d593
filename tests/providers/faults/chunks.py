"""Unusual content in chunks: missing, repeated and unexpected fields."""

from __future__ import annotations

from typing import Any, Final

from tests.providers.bodies import Answer, delta, sse
from tests.providers.faults.fault import COMPLETE, EVENT_STREAMS, OLLAMA, Fault
from tests.providers.faults.servers import hello_body, streams_body
from tests.providers.wire_formats import WireFormat

TYPED_PARTS: Final = (
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
    {"type": "text", "text": "Hello"},
)


def invalid_values(wire: WireFormat) -> bytes:
    """Events in which every field has every kind of JSON value."""
    values: tuple[Any, ...] = (None, True, 7, 1.5, "", [], {}, [[]], [None], {"x": None}, -1, 1e400)
    events: list[dict[str, Any]]
    if wire in OLLAMA:
        fields = [
            "message",
            "thinking",
            "tool_calls",
            "model",
            "created_at",
            "context",
            "total_duration",
            "done_reason",
        ]
        message_fields = ["content", "thinking", "tool_calls", "role", "images"]
        events = [{name: value} for name in fields for value in values]
        events += [{"message": {name: value}} for name in message_fields for value in values]
    else:
        fields = [
            "choices",
            "usage",
            "model",
            "id",
            "object",
            "created",
            "x_groq",
            "timings",
            "stats",
            "prompt_progress",
        ]
        choice_fields = ["index", "delta", "message", "logprobs", "finish_reason"]
        delta_fields = ["content", "reasoning_content", "reasoning", "role", "refusal"]
        events = [{name: value} for name in fields for value in values]
        events += [{"choices": [{"delta": {}, name: value}]} for name in choice_fields for value in values]
        events += [{"choices": [{"delta": {name: value}}]} for name in delta_fields for value in values]
    return b"".join(map(wire.event, events))


CHUNKS: Final = (
    Fault(
        "The content is null",
        streams_body(lambda wire: wire.text("@").replace(b'"@"', b"null") + hello_body(wire)),
        expected_answer=COMPLETE,
    ),
    Fault(
        "Every other field is null or of an unexpected type",
        streams_body(lambda wire: invalid_values(wire) + hello_body(wire)),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The answer contains only thinking",
        streams_body(lambda wire: wire.thinking("Hm") + wire.thinking("m") + wire.end),
        expected_answer=Answer(thinking="Hmm", finish_reason="stop"),
    ),
    Fault(
        "The answer contains only thinking, up to the token limit",
        streams_body(lambda wire: wire.thinking("Hm") + wire.end.replace(b'"stop"', b'"length"')),
        expected_answer=Answer(thinking="Hm", finish_reason="length"),
    ),
    Fault(
        "The first chunk has no choices",
        streams_body(
            lambda wire: sse({"choices": [], "prompt_filter_results": []}, {"choices": None}, {}) + hello_body(wire)
        ),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "A chunk contains only token counts",
        streams_body(lambda wire: wire.text("Hel") + sse({"usage": {"prompt_tokens": 1}}) + wire.body("lo")),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "Another model than requested answers",
        streams_body(lambda wire: sse({"model": "other"} | delta("Hello")) + wire.end),
        EVENT_STREAMS,
        expected_answer=Answer("Hello", finish_reason="stop", model="other"),
    ),
    Fault(
        "The thinking is repeated in a second field",
        streams_body(lambda wire: sse(delta("Hello", reasoning="Hm", reasoning_content="Hm")) + wire.end),
        EVENT_STREAMS,
        expected_answer=Answer("Hello", thinking="Hm", finish_reason="stop"),
    ),
    Fault(
        "The text arrives in typed parts that include thinking",
        streams_body(lambda wire: wire.event({"choices": [{"delta": {"content": TYPED_PARTS}}]}) + wire.end),
        EVENT_STREAMS,
        expected_answer=Answer("Hello", thinking="Hm", finish_reason="stop"),
    ),
    Fault(
        "Each delta is accompanied by the text so far",
        streams_body(
            lambda wire: (
                sse(
                    *(
                        {"choices": [{"index": 0, "delta": {"content": more}, "message": {"content": so_far}}]}
                        for more, so_far in (("Hel", "Hel"), ("lo", "Hello"))
                    )
                )
                + wire.end
            )
        ),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "Several answers are interleaved, beginning with the second",
        streams_body(lambda wire: sse({"choices": [{"index": 1, "delta": {"content": "Bye"}}]}) + hello_body(wire)),
        EVENT_STREAMS,
        expected_answer=COMPLETE,
    ),
    Fault(
        "Downloading a model regresses, stalls and succeeds",
        streams_body(
            lambda wire: (
                b"".join(
                    wire.event({"status": "pulling 8934d96d3f08", "total": 100, "completed": done})
                    for done in (50, 20, 99)
                )
                + wire.event({"status": "success"})
            )
        ),
        OLLAMA,
        expected_answer=Answer(),
    ),
)
