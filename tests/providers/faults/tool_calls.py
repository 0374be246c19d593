"""Unusual tool calls."""

from __future__ import annotations

from typing import Any, Final

from tests.providers.bodies import Answer, delta, sse
from tests.providers.faults.fault import EVENT_STREAMS, OLLAMA_CHAT, Fault
from tests.providers.faults.servers import streams_body
from tui.chat.chunk import ToolCall

CALLS: Final = (ToolCall("look", {"at": "a"}, "1"), ToolCall("look", {"at": "b"}, "2"))


def tool_call_chunks(*fragments: dict[str, Any] | None) -> bytes:
    """Chunks with one tool call fragment each."""
    return sse(*(delta(None, tool_calls=[fragment]) for fragment in fragments))


def fragment(arguments: str | None, **fields: Any) -> dict[str, Any]:
    """A fragment of a tool call. Fragments with an id also have a name."""
    function = {"arguments": arguments} | ({"name": "look"} if "id" in fields else {})
    return {**fields, "type": "function", "function": function}


TOOL_CALLS: Final = (
    Fault(
        "Every tool call has index 0",
        streams_body(
            lambda wire: (
                tool_call_chunks(fragment('{"at": "a"}', index=0, id="1"), fragment('{"at": "b"}', index=0, id="2"))
                + wire.end
            )
        ),
        EVENT_STREAMS,
        expected_answer=Answer(tool_calls=list(CALLS), finish_reason="stop"),
    ),
    Fault(
        "Tool calls have no index",
        streams_body(
            lambda wire: tool_call_chunks(fragment('{"at": "a"}', id="1"), fragment('{"at": "b"}', id="2")) + wire.end
        ),
        EVENT_STREAMS,
        expected_answer=Answer(tool_calls=list(CALLS), finish_reason="stop"),
    ),
    Fault(
        "The fragments of tool calls are interleaved",
        streams_body(
            lambda wire: (
                tool_call_chunks(
                    fragment('{"at": ', index=0, id="1"),
                    fragment('{"at"', index=1, id="2"),
                    fragment('"a"}', index=0),
                    fragment(': "b"}', index=1),
                )
                + wire.end
            )
        ),
        EVENT_STREAMS,
        expected_answer=Answer(tool_calls=list(CALLS), finish_reason="stop"),
    ),
    Fault(
        "A tool call has no arguments, and the token limit cuts another",
        streams_body(
            lambda wire: (
                tool_call_chunks(fragment(None, index=0, id="1"), fragment('{"at', index=1, id="2"), None) + wire.end
            )
        ),
        EVENT_STREAMS,
        expected_answer=Answer(
            tool_calls=[ToolCall("look", {}, "1"), ToolCall("look", '{"at', "2")], finish_reason="stop"
        ),
    ),
    Fault(
        "The connection is closed in a tool call",
        lambda wire: wire.cuts_after(tool_call_chunks(fragment('{"at', index=0, id="1"))),
        EVENT_STREAMS,
        error_kind="interrupted",
        expected_answer=Answer(tool_calls=[ToolCall("look", '{"at', "1")]),
    ),
    Fault(
        "Complete tool calls arrive in several lines, with and without an id",
        streams_body(
            lambda wire: (
                wire.event({"message": {"tool_calls": [{"function": {"name": "look", "arguments": {"at": "a"}}}]}})
                + wire.event(
                    {"message": {"tool_calls": [{"id": "2", "function": {"name": "look", "arguments": None}}]}}
                )
                + wire.end
            )
        ),
        OLLAMA_CHAT,
        expected_answer=Answer(
            tool_calls=[ToolCall("look", {"at": "a"}), ToolCall("look", {}, "2")], finish_reason="stop"
        ),
    ),
)
