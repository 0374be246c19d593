"""How each kind of server writes an answer, for tests that are the same for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.fault_server import EVENT_STREAM, NDJSON, Script, cuts_after, hangs_after, resets_after, streams
from tests.providers.client import HI
from tests.providers.reading import delta, ndjson, sse
from tui.chat.model_info import ChatRequest, Endpoint


@dataclass(frozen=True)
class Wire:
    """One protocol, as a server speaks it."""

    name: str
    kind: str
    path: str
    content_type: str
    text: Callable[[str], bytes]
    """More of an answer."""

    thinking: Callable[[str], bytes]
    """More of the thinking."""

    end: bytes
    """The end of an answer that stopped by itself, with its counts: 5 tokens asked, 2 answered."""

    finish: bytes
    """Only the sign that the answer is whole, where more may follow it; else the same as `end`."""

    whole: bytes
    """`Hello` in one object, as when nothing is streamed."""

    error: Callable[[str], bytes]
    """An error in the middle of the stream."""

    event: Callable[[object], bytes]
    """One JSON object of the stream, whatever it says."""

    life: bytes
    """What says that the connection lives, and nothing of the answer."""

    endpoint: Endpoint = "chat"

    def __str__(self) -> str:
        return self.name

    @property
    def request(self) -> ChatRequest:
        """A request that is answered so."""
        return ChatRequest(HI.model, HI.messages, endpoint=self.endpoint)

    def request_of(self, prompt: str) -> ChatRequest:
        """The same with another prompt."""
        return replace(self.request, messages=(replace(HI.messages[0], content=prompt),))

    def body(self, *words: str) -> bytes:
        """A whole answer of some words."""
        return b"".join(map(self.text, words)) + self.end

    def answers(self, *words: str) -> Script:
        """A server that gives it."""
        return self.streams(*map(self.text, words), self.end)

    def streams(self, *pieces: bytes) -> Script:
        """A server that streams pieces, and ends the body as it should."""
        return streams(*pieces, content_type=self.content_type)

    def cuts_after(self, *pieces: bytes) -> Script:
        """A server that closes the connection after some pieces."""
        return cuts_after(*pieces, content_type=self.content_type)

    def resets_after(self, *pieces: bytes) -> Script:
        """A server that breaks the connection after some pieces."""
        return resets_after(*pieces, content_type=self.content_type)

    def hangs_after(self, *pieces: bytes) -> Script:
        """A server that falls silent after some pieces."""
        return hangs_after(*pieces, content_type=self.content_type)


def _ollama(
    name: str, path: str, text: Callable[[str], Any], thinking: Callable[[str], Any], endpoint: Endpoint
) -> Wire:
    counts = {"done": True, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2}
    end = ndjson(text("") | counts)
    return Wire(
        name=name,
        kind="ollama",
        path=path,
        content_type=NDJSON,
        text=lambda words: ndjson(text(words)),
        thinking=lambda words: ndjson(thinking(words)),
        end=end,
        finish=end,
        whole=json.dumps(text("Hello") | counts).encode(),
        error=lambda words: ndjson({"error": words}),
        event=ndjson,
        life=b"\n",
        endpoint=endpoint,
    )


def _openai(kind: str) -> Wire:
    usage = {"prompt_tokens": 5, "completion_tokens": 2}
    whole = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
        "usage": usage,
    }
    finish = sse(delta(finish="stop"))
    return Wire(
        name=kind,
        kind=kind,
        path="/v1/chat/completions",
        content_type=EVENT_STREAM,
        text=lambda words: sse(delta(words)),
        thinking=lambda words: sse(delta(None, reasoning_content=words)),
        end=finish + sse({"choices": [], "usage": usage}, "[DONE]"),
        finish=finish,
        whole=json.dumps(whole).encode(),
        error=lambda words: sse({"error": {"message": words}}),
        event=sse,
        life=b": still here\n\n",
    )


WIRES = (
    _ollama(
        "ollama-chat",
        "/api/chat",
        lambda words: {"message": {"role": "assistant", "content": words}},
        lambda words: {"message": {"role": "assistant", "content": "", "thinking": words}},
        "chat",
    ),
    _ollama(
        "ollama-generate",
        "/api/generate",
        lambda words: {"response": words},
        lambda words: {"response": "", "thinking": words},
        "generate",
    ),
    _openai("openai"),
    _openai("lmstudio"),
)
"""Every way in which an answer can come."""
