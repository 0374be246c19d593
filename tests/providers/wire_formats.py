"""The wire formats of all kinds of servers, for tests that are the same for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.fault_server import EVENT_STREAM, NDJSON, Script, cuts_after, hangs_after, resets_after, streams
from tests.providers.bodies import delta, ndjson, sse
from tests.providers.client import HI
from tui.chat.model_info import ChatRequest, Endpoint


@dataclass(frozen=True)
class WireFormat:
    """The request path and response format of one API."""

    name: str
    kind: str
    path: str
    content_type: str
    text: Callable[[str], bytes]
    """Encodes a piece of the answer's text."""

    thinking: Callable[[str], bytes]
    """Encodes a piece of thinking."""

    end: bytes
    """The end of a complete answer, with its counts: 5 prompt tokens and 2 answer tokens."""

    finish_event: bytes
    """The event with the finish reason. The same as `end` if the format does not separate them."""

    unstreamed: bytes
    """The answer `Hello` as one object, as without streaming."""

    error: Callable[[str], bytes]
    """Encodes an error inside the stream."""

    event: Callable[[object], bytes]
    """Encodes any JSON object as an event."""

    keep_alive: bytes
    """A keep-alive, which is not part of the answer."""

    endpoint: Endpoint = "chat"

    def __str__(self) -> str:
        return self.name

    @property
    def request(self) -> ChatRequest:
        """A request with the prompt `Hi`."""
        return ChatRequest(HI.model, HI.messages, endpoint=self.endpoint)

    def request_of(self, prompt: str) -> ChatRequest:
        """A request with the given prompt."""
        return replace(self.request, messages=(replace(HI.messages[0], content=prompt),))

    def body(self, *texts: str) -> bytes:
        """A complete answer in the given pieces."""
        return b"".join(map(self.text, texts)) + self.end

    def streams_answer(self, *texts: str) -> Script:
        """A server that streams a complete answer in the given pieces."""
        return self.streams(*map(self.text, texts), self.end)

    def streams(self, *pieces: bytes) -> Script:
        """A server that streams pieces, and ends the body properly."""
        return streams(*pieces, content_type=self.content_type)

    def cuts_after(self, *pieces: bytes) -> Script:
        """A server that closes the connection after some pieces."""
        return cuts_after(*pieces, content_type=self.content_type)

    def resets_after(self, *pieces: bytes) -> Script:
        """A server that resets the connection after some pieces."""
        return resets_after(*pieces, content_type=self.content_type)

    def hangs_after(self, *pieces: bytes) -> Script:
        """A server that stalls after some pieces."""
        return hangs_after(*pieces, content_type=self.content_type)


def _ollama(
    name: str, path: str, text: Callable[[str], Any], thinking: Callable[[str], Any], endpoint: Endpoint
) -> WireFormat:
    counts = {"done": True, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2}
    end = ndjson(text("") | counts)
    return WireFormat(
        name=name,
        kind="ollama",
        path=path,
        content_type=NDJSON,
        text=lambda content: ndjson(text(content)),
        thinking=lambda content: ndjson(thinking(content)),
        end=end,
        finish_event=end,
        unstreamed=json.dumps(text("Hello") | counts).encode(),
        error=lambda content: ndjson({"error": content}),
        event=ndjson,
        keep_alive=b"\n",
        endpoint=endpoint,
    )


def _openai(kind: str) -> WireFormat:
    usage = {"prompt_tokens": 5, "completion_tokens": 2}
    unstreamed = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
        "usage": usage,
    }
    finish = sse(delta(finish="stop"))
    return WireFormat(
        name=kind,
        kind=kind,
        path="/v1/chat/completions",
        content_type=EVENT_STREAM,
        text=lambda content: sse(delta(content)),
        thinking=lambda content: sse(delta(None, reasoning_content=content)),
        end=finish + sse({"choices": [], "usage": usage}, "[DONE]"),
        finish_event=finish,
        unstreamed=json.dumps(unstreamed).encode(),
        error=lambda content: sse({"error": {"message": content}}),
        event=sse,
        keep_alive=b": still here\n\n",
    )


WIRE_FORMATS = (
    _ollama(
        "ollama-chat",
        "/api/chat",
        lambda content: {"message": {"role": "assistant", "content": content}},
        lambda content: {"message": {"role": "assistant", "content": "", "thinking": content}},
        "chat",
    ),
    _ollama(
        "ollama-generate",
        "/api/generate",
        lambda content: {"response": content},
        lambda content: {"response": "", "thinking": content},
        "generate",
    ),
    _openai("openai"),
    _openai("lmstudio"),
)
"""Every wire format of an answer."""
