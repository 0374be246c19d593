"""Errors that the server reports inside a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final

from tests.fault_server import EVENT_STREAM, Connection, Script
from tests.providers.bodies import Answer, delta, sse
from tests.providers.faults.fault import COMPLETE, EVENT_STREAMS, LM_STUDIO, MAX_ATTEMPTS, OLLAMA, PARTIAL, Fault
from tests.providers.faults.servers import hello_body, streams_body
from tests.providers.wire_formats import WIRE_FORMATS, WireFormat

LM_STUDIO_ERROR: Final = (
    b'event: error\ndata: {"type": "error", "error": {"type": "internal_error", "message": "boom"}}\n\n'
    b'event: chat.end\ndata: {"type": "chat.end", "result": {"output": [], "stats": {}}}\n\n'
)

ERROR_FORMATS: Final[tuple[tuple[str, Sequence[WireFormat], Callable[[WireFormat], bytes]], ...]] = (
    ("an object", WIRE_FORMATS, lambda wire: wire.event({"error": {"message": "boom", "type": "x", "code": None}})),
    ("a string", WIRE_FORMATS, lambda wire: wire.event({"error": "boom"})),
    ("an object before the end marker", EVENT_STREAMS, lambda _: sse({"error": {"message": "boom"}}, "[DONE]")),
    (
        "an object beside an empty list of choices",
        EVENT_STREAMS,
        lambda _: sse({"choices": [], "error": {"message": "boom"}}),
    ),
    (
        "an object beside a finish reason",
        EVENT_STREAMS,
        lambda _: sse({"error": {"message": "boom", "code": 400}} | delta("", finish="error")),
    ),
    (
        "an object in a choice",
        EVENT_STREAMS,
        lambda _: sse({"choices": [{"index": 0, "delta": {}, "error": {"message": "boom"}, "finish_reason": "error"}]}),
    ),
    (
        "an object of the type error",
        EVENT_STREAMS,
        lambda _: sse({"object": "error", "message": "boom", "code": 40001}),
    ),
    ("an error event", EVENT_STREAMS, lambda _: b'event: error\ndata: {"error": {"message": "boom"}}\n\n'),
    ("an error event in plain text", EVENT_STREAMS, lambda _: b"event: error\ndata: boom\n\n"),
    ("an error event before the end event", LM_STUDIO, lambda _: LM_STUDIO_ERROR),
    ("an error field", EVENT_STREAMS, lambda _: b'error: {"code": 400, "message": "boom"}\n\n'),
    ("bare JSON", EVENT_STREAMS, lambda _: b'{"error": {"message": "boom"}}\n\n'),
    ("bare JSON in several lines", EVENT_STREAMS, lambda _: b'{\n  "error": {\n    "message": "boom"\n  }\n}\n'),
    ("a last line without line ending", WIRE_FORMATS, lambda wire: wire.error("boom").rstrip()),
    (
        "an object from an upstream server",
        OLLAMA,
        lambda wire: b'{"StatusCode": 400, "Status": "400 Bad Request", "error": "boom"}',
    ),
    (
        "an object with an end marker",
        OLLAMA,
        lambda wire: wire.event({"error": "boom", "done": True, "done_reason": "stop"}),
    ),
)


def reports_error(make_error: Callable[[WireFormat], bytes], *, after: str) -> Callable[[WireFormat], Script]:
    """A server that streams a text, which may be empty, and then an error."""
    return streams_body(lambda wire: (wire.text(after) if after else b"") + make_error(wire))


async def _context_error(connection: Connection) -> None:
    error = {
        "code": 400,
        "message": "the request exceeds the available context size",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 9012,
        "n_ctx": 4096,
    }
    await connection.head(200, EVENT_STREAM)
    await connection.body(b"error: " + json.dumps(error).encode() + b"\n\n")
    await connection.end()


STREAM_ERRORS: Final = (
    *(
        Fault(
            f"The stream reports an error {when}, as {error_format}",
            reports_error(make_error, after=answer.content),
            wires,
            error_kind="stream_error",
            expected_answer=answer,
            expected_words=("boom",),
        )
        for error_format, wires, make_error in ERROR_FORMATS
        for when, answer in (("before any text", Answer()), ("after some text", PARTIAL))
    ),
    Fault(
        "The stream reports an error by its finish reason only",
        streams_body(lambda wire: wire.text("Hello") + sse(delta("", finish="error"))),
        EVENT_STREAMS,
        error_kind="stream_error",
        expected_answer=PARTIAL,
        expected_words=("unspecified error",),
    ),
    Fault(
        "The stream reports a retryable error before any text",
        streams_body(lambda wire: wire.event({"error": {"message": "boom", "code": 502}})),
        error_kind="stream_error",
        expected_words=("boom",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The stream reports a retryable error after some text",
        streams_body(lambda wire: wire.text("Hello") + wire.event({"error": {"message": "boom", "code": 502}})),
        error_kind="stream_error",
        expected_answer=PARTIAL,
        expected_words=("boom",),
    ),
    Fault(
        "The stream reports an error in the same object as text",
        streams_body(lambda wire: wire.text("Hello").replace(b"{", b'{"error": "boom", ', 1)),
        error_kind="stream_error",
        expected_answer=PARTIAL,
        expected_words=("boom",),
    ),
    Fault(
        "The stream reports an error, and the connection stays open",
        lambda wire: wire.hangs_after(wire.text("Hello"), wire.error("boom")),
        error_kind="stream_error",
        expected_answer=PARTIAL,
        expected_words=("boom",),
    ),
    Fault(
        "The stream reports an error, and the connection is closed",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.error("boom").rstrip()),
        error_kind="stream_error",
        expected_answer=PARTIAL,
        expected_words=("boom",),
    ),
    Fault(
        "The stream reports that the prompt exceeds the context",
        lambda _: _context_error,
        EVENT_STREAMS,
        error_kind="stream_error",
        expected_words=("exceeds", "9012", "4096", "longer than the model's context"),
    ),
    Fault(
        "The server unloads the model during the answer",
        lambda wire: wire.streams(wire.text("Hello"), wire.error("Model unloaded.")),
        LM_STUDIO,
        error_kind="stream_error",
        expected_answer=PARTIAL,
        expected_words=("Model unloaded", "another model"),
    ),
    Fault(
        "The stream contains empty error fields",
        streams_body(lambda wire: wire.event({"error": None}) + wire.event({"error": {}}) + hello_body(wire)),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The model crashes, and the stream is an empty chunk with a clean end",
        streams_body(lambda _: sse({"model": "", "choices": []})),
        EVENT_STREAMS,
        error_kind="interrupted",
        expected_words=("log",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "Downloading a model fails, with a success status",
        streams_body(lambda wire: wire.event({"status": "pulling manifest"}) + wire.error("pull model manifest: boom")),
        OLLAMA,
        error_kind="stream_error",
        expected_words=("pull model manifest: boom",),
    ),
)
