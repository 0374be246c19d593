"""How each protocol writes an answer: NDJSON for Ollama, Server-Sent Events for OpenAI and LM Studio.

The parts of an event that are the same for every token are built once, so
`content` and `thinking` only insert the token.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tui.demo.responses import Response, encode_json, json_response

if TYPE_CHECKING:
    from tui.demo.requests import ParsedRequest


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """How an answer ended, and its statistics."""

    finish_reason: str
    """`stop` or `length`."""

    tokens: int
    """Tokens of the answer, thinking included."""

    load_s: float
    answer_s: float


class AnswerFormat(Protocol):
    """One answer in the format of one protocol."""

    content_type: str

    def opening(self) -> str:
        """What is sent before the first token. May be empty."""

    def thinking(self, token: str) -> str:
        """The event for a token of thinking."""

    def content(self, token: str) -> str:
        """The event for a token of the answer."""

    def ending(self, summary: AnswerSummary) -> str:
        """What is sent after the last token."""

    def failure(self, message: str) -> str:
        """What is sent instead of the ending when the answer fails in the middle."""

    def whole(self, thinking: str, content: str, summary: AnswerSummary) -> str:
        """The answer as a single object, for a client that does not stream."""


class OllamaFormat:
    """What `/api/chat` and `/api/generate` have in common.

    Source: https://github.com/ollama/ollama/blob/main/docs/api.md
    """

    content_type = "application/x-ndjson"

    def __init__(self, request: ParsedRequest) -> None:
        self._request = request
        self._envelope = {"model": request.model, "created_at": timestamp()}
        content_before, content_after = _split_at_token(self._line(self._text("\0"), done=False))
        thinking_before, thinking_after = _split_at_token(self._line(self._text("", "\0"), done=False))
        self._content_before, self._content_after = content_before, content_after
        self._thinking_before, self._thinking_after = thinking_before, thinking_after

    def opening(self) -> str:
        return ""

    def thinking(self, token: str) -> str:
        return self._thinking_before + encode_json(token) + self._thinking_after

    def content(self, token: str) -> str:
        return self._content_before + encode_json(token) + self._content_after

    def ending(self, summary: AnswerSummary) -> str:
        return self._line(self._text(""), **self._done(summary))

    def failure(self, message: str) -> str:
        return encode_json({"error": message}) + "\n"

    def whole(self, thinking: str, content: str, summary: AnswerSummary) -> str:
        return self._line(self._text(content, thinking), **self._done(summary)).rstrip("\n")

    def loaded(self, reason: str) -> Response:
        """The single object that confirms that the model was loaded (`load`) or unloaded (`unload`)."""
        return json_response({**self._envelope, **self._text(""), "done_reason": reason, "done": True})

    def _text(self, content: str, thinking: str = "") -> dict[str, Any]:
        """The part of an object that holds the text. The field for thinking is omitted when empty."""
        raise NotImplementedError

    def _line(self, text: dict[str, Any], **rest: Any) -> str:
        return encode_json({**self._envelope, **text, **rest}) + "\n"

    def _done(self, summary: AnswerSummary) -> dict[str, Any]:
        load_ns, answer_ns, prompt_ns = int(summary.load_s * 1e9), int(summary.answer_s * 1e9), 1_000_000
        return {
            "done_reason": summary.finish_reason,
            "done": True,
            "total_duration": load_ns + prompt_ns + answer_ns,
            "load_duration": load_ns,
            "prompt_eval_count": self._request.prompt_tokens,
            "prompt_eval_duration": prompt_ns,
            "eval_count": summary.tokens,
            "eval_duration": answer_ns,
        }


class OllamaChatFormat(OllamaFormat):
    """An answer of `/api/chat`."""

    def _text(self, content: str, thinking: str = "") -> dict[str, Any]:
        thinking_field = {"thinking": thinking} if thinking else {}
        return {"message": {"role": "assistant", "content": content, **thinking_field}}


class OllamaGenerateFormat(OllamaFormat):
    """An answer of `/api/generate`."""

    def _text(self, content: str, thinking: str = "") -> dict[str, Any]:
        thinking_field = {"thinking": thinking} if thinking else {}
        return {"response": content, **thinking_field}


class OpenAIFormat:
    """An answer of `/v1/chat/completions`, with thinking in the field that LM Studio uses.

    Source: https://platform.openai.com/docs/api-reference/chat-streaming
    """

    content_type = "text/event-stream"

    def __init__(self, request: ParsedRequest) -> None:
        self._request = request
        self._envelope = {"id": f"chatcmpl-{time.time_ns():x}", "created": int(time.time()), "model": request.model}
        self._content_before, self._content_after = _split_at_token(self._delta({"content": "\0"}))
        self._thinking_before, self._thinking_after = _split_at_token(self._delta({"reasoning_content": "\0"}))

    def opening(self) -> str:
        return self._delta({"role": "assistant", "content": ""})

    def thinking(self, token: str) -> str:
        return self._thinking_before + encode_json(token) + self._thinking_after

    def content(self, token: str) -> str:
        return self._content_before + encode_json(token) + self._content_after

    def ending(self, summary: AnswerSummary) -> str:
        events = self._delta({}, summary.finish_reason)
        if self._request.include_usage:
            events += self._event({"choices": [], "usage": self._usage(summary)})
        return events + "data: [DONE]\n\n"

    def failure(self, message: str) -> str:
        error = {"message": message, "type": "server_error", "param": None, "code": None}
        return f"data: {encode_json({'error': error})}\n\n"

    def whole(self, thinking: str, content: str, summary: AnswerSummary) -> str:
        thinking_field = {"reasoning_content": thinking} if thinking else {}
        message = {"role": "assistant", "content": content, **thinking_field}
        choice = {"index": 0, "message": message, "finish_reason": summary.finish_reason}
        rest = {"choices": [choice], "usage": self._usage(summary)}
        return encode_json({"object": "chat.completion", **self._envelope, **rest})

    def _delta(self, delta: dict[str, str], finish_reason: str | None = None) -> str:
        return self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    def _event(self, rest: dict[str, Any]) -> str:
        return f"data: {encode_json({'object': 'chat.completion.chunk', **self._envelope, **rest})}\n\n"

    def _usage(self, summary: AnswerSummary) -> dict[str, int]:
        prompt_tokens = self._request.prompt_tokens
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": summary.tokens,
            "total_tokens": prompt_tokens + summary.tokens,
        }


def _split_at_token(event: str) -> tuple[str, str]:
    """The text before and after the placeholder, a string of one NUL."""
    before, _, after = event.rpartition(encode_json("\0"))
    return before, after


def timestamp(seconds: float | None = None) -> str:
    """A time in Ollama's notation. None is now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
