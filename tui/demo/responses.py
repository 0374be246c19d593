"""How each wire is written: NDJSON for Ollama, Server-Sent Events for OpenAI and LM Studio.

What is the same in every event of an answer is made once; `content` and `thinking` only put a token into it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from tui.demo.http1 import NoRoute, Refused, Reply

if TYPE_CHECKING:
    from tui.demo.requests import ParsedRequest

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Tally:
    """How an answer ended, and what it cost."""

    finish_reason: str
    """`stop` or `length`."""

    tokens: int
    """Tokens of the answer, thinking among them."""

    load_s: float
    answer_s: float


class Speech(Protocol):
    """One answer in the words of one protocol."""

    content_type: str

    def opening(self) -> str:
        """What comes before the first token. May be empty."""

    def thinking(self, token: str) -> str:
        """The event that carries a token of thinking."""

    def content(self, token: str) -> str:
        """The event that carries a token of the answer."""

    def ending(self, tally: Tally) -> str:
        """What comes after the last token."""

    def failure(self, message: str) -> str:
        """What is written in place of the ending when the answer fails in the middle."""

    def whole(self, thinking: str, content: str, tally: Tally) -> str:
        """The answer as a single object, for a client that does not stream."""


class OllamaSpeech:
    """What `/api/chat` and `/api/generate` have in common.

    Source: https://github.com/ollama/ollama/blob/main/docs/api.md
    """

    content_type = "application/x-ndjson"

    def __init__(self, asked: ParsedRequest) -> None:
        self._asked = asked
        self._frame = {"model": asked.model, "created_at": timestamp()}
        text_before, text_after = _around(self._line(self._said("\0"), done=False))
        thought_before, thought_after = _around(self._line(self._said("", "\0"), done=False))
        self._text_before, self._text_after = text_before, text_after
        self._thought_before, self._thought_after = thought_before, thought_after

    def opening(self) -> str:
        return ""

    def thinking(self, token: str) -> str:
        return self._thought_before + _encode(token) + self._thought_after

    def content(self, token: str) -> str:
        return self._text_before + _encode(token) + self._text_after

    def ending(self, tally: Tally) -> str:
        return self._line(self._said(""), **self._done(tally))

    def failure(self, message: str) -> str:
        return _encode({"error": message}) + "\n"

    def whole(self, thinking: str, content: str, tally: Tally) -> str:
        return self._line(self._said(content, thinking), **self._done(tally)).rstrip("\n")

    def loaded(self, reason: str) -> Reply:
        """The single object that tells that the model is in memory now (`load`), or out of it (`unload`)."""
        return json_reply({**self._frame, **self._said(""), "done_reason": reason, "done": True})

    def _said(self, content: str, thinking: str = "") -> dict[str, Any]:
        """The part of an object that holds the text. Thinking is left out when there is none."""
        raise NotImplementedError

    def _line(self, said: dict[str, Any], **rest: Any) -> str:
        return _encode({**self._frame, **said, **rest}) + "\n"

    def _done(self, tally: Tally) -> dict[str, Any]:
        load_ns, answer_ns, prompt_ns = int(tally.load_s * 1e9), int(tally.answer_s * 1e9), 1_000_000
        return {
            "done_reason": tally.finish_reason,
            "done": True,
            "total_duration": load_ns + prompt_ns + answer_ns,
            "load_duration": load_ns,
            "prompt_eval_count": self._asked.prompt_tokens,
            "prompt_eval_duration": prompt_ns,
            "eval_count": tally.tokens,
            "eval_duration": answer_ns,
        }


class ChatSpeech(OllamaSpeech):
    """An answer of `/api/chat`."""

    def _said(self, content: str, thinking: str = "") -> dict[str, Any]:
        thought = {"thinking": thinking} if thinking else {}
        return {"message": {"role": "assistant", "content": content, **thought}}


class GenerateSpeech(OllamaSpeech):
    """An answer of `/api/generate`."""

    def _said(self, content: str, thinking: str = "") -> dict[str, Any]:
        thought = {"thinking": thinking} if thinking else {}
        return {"response": content, **thought}


class CompletionsSpeech:
    """An answer of `/v1/chat/completions`, with thinking where LM Studio puts it.

    Source: https://platform.openai.com/docs/api-reference/chat-streaming
    """

    content_type = "text/event-stream"

    def __init__(self, asked: ParsedRequest) -> None:
        self._asked = asked
        self._frame = {"id": f"chatcmpl-{time.time_ns():x}", "created": int(time.time()), "model": asked.model}
        self._text_before, self._text_after = _around(self._delta({"content": "\0"}))
        self._thought_before, self._thought_after = _around(self._delta({"reasoning_content": "\0"}))

    def opening(self) -> str:
        return self._delta({"role": "assistant", "content": ""})

    def thinking(self, token: str) -> str:
        return self._thought_before + _encode(token) + self._thought_after

    def content(self, token: str) -> str:
        return self._text_before + _encode(token) + self._text_after

    def ending(self, tally: Tally) -> str:
        events = self._delta({}, tally.finish_reason)
        if self._asked.include_usage:
            events += self._event({"choices": [], "usage": self._usage(tally)})
        return events + "data: [DONE]\n\n"

    def failure(self, message: str) -> str:
        error = {"message": message, "type": "server_error", "param": None, "code": None}
        return f"data: {_encode({'error': error})}\n\n"

    def whole(self, thinking: str, content: str, tally: Tally) -> str:
        thought = {"reasoning_content": thinking} if thinking else {}
        message = {"role": "assistant", "content": content, **thought}
        choice = {"index": 0, "message": message, "finish_reason": tally.finish_reason}
        rest = {"choices": [choice], "usage": self._usage(tally)}
        return _encode({"object": "chat.completion", **self._frame, **rest})

    def _delta(self, delta: dict[str, str], finish_reason: str | None = None) -> str:
        return self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    def _event(self, rest: dict[str, Any]) -> str:
        return f"data: {_encode({'object': 'chat.completion.chunk', **self._frame, **rest})}\n\n"

    def _usage(self, tally: Tally) -> dict[str, int]:
        prompt_tokens = self._asked.prompt_tokens
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": tally.tokens,
            "total_tokens": prompt_tokens + tally.tokens,
        }


def _around(event: str) -> tuple[str, str]:
    """What stands before and after the string that is a lone NUL."""
    before, _, after = event.rpartition(_encode("\0"))
    return before, after


def timestamp(seconds: float | None = None) -> str:
    """A time as Ollama writes it; now, when none is given."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def to_bytes(text: str) -> bytes:
    """JSON text as UTF-8. A lone surrogate, which UTF-8 cannot hold, becomes the JSON escape that it came as."""
    return text.encode("utf-8", "backslashreplace")


def json_reply(value: object, status: int = 200) -> Reply:
    """A reply that holds one JSON value."""
    return Reply(status, "application/json; charset=utf-8", to_bytes(_encode(value)))


def refusal_reply(path: str, refusal: Refused) -> Reply:
    """A refusal in the shape of the protocol that the path belongs to."""
    message = str(refusal)
    headers = (("Allow", refusal.allow),) if isinstance(refusal, NoRoute) and refusal.allow else ()
    if path.startswith(("/v1/", "/api/v0/")):
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        error = {"message": message, "type": kind, "param": refusal.param, "code": refusal.code}
        return replace(json_reply({"error": error}, refusal.status), headers=headers)
    if isinstance(refusal, NoRoute):
        # Ollama's router speaks plain text, and only its handlers JSON.
        return Reply(refusal.status, "text/plain", f"{refusal.status} {message}".encode(), headers)
    return json_reply({"error": message}, refusal.status)
