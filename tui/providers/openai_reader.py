"""Reads the body of an OpenAI-style response, an event stream or one JSON object, into chunks. No I/O.

Source: https://platform.openai.com/docs/api-reference/chat-streaming for the standard. Comments name
the servers that deviate from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tui.chat.chunk import ServerTiming, StreamingChunk, Usage
from tui.chat.turn import ServerActivity
from tui.errors import ProtocolBroken
from tui.providers.error_text import ServerErrorText, decode_error_text, error_in
from tui.providers.json_values import count_in, mapping_in, number_in, rows_in, text_in
from tui.providers.response_errors import ServerProfile, error_from_stream
from tui.providers.tool_calls import ToolCallJoiner
from tui.wire.objects import JSONObject, parse_object
from tui.wire.sse import ServerSentEvent, SSEDecoder, StrayLine
from tui.wire.surrogates import SurrogateJoiner, joined

_DONE: Final = "[DONE]"
_MAX_UNKNOWN_LINES: Final = 40
_MAX_EARLY_PARSE_LENGTH: Final = 65_536
_LEADING_BYTES: Final = b"\xef\xbb\xbf \t\r\n"
"""White space and the byte order mark, which can arrive in pieces."""
_STATS_KEYS: Final = frozenset({"usage", "x_groq", "timings", "stats"})
_FIELDS: Final = ("data", "event", "id", "retry", "error")


class OpenAIReader:
    """Reads one response. Uses only `choices[0].delta`, the finish reason, `usage` and `error`."""

    def __init__(self, model: str, profile: ServerProfile, max_event_bytes: int) -> None:
        """Args:
        model: The requested model.
        profile: The server's name and hints, for error messages.
        max_event_bytes: The maximum size of one event, or of an unstreamed answer.
        """
        self.finished = False
        self.ended = False
        self.progressed = False
        self.activity: ServerActivity | None = None
        self._model = model
        self._profile = profile
        self._max_event_bytes = max_event_bytes
        self._events = SSEDecoder(max_event_bytes)
        self._body: bytearray | None = None
        self._started = False
        self._has_event = False
        self._unknown_lines: list[str] = []
        self._content = SurrogateJoiner()
        self._thinking = SurrogateJoiner()
        self._calls = ToolCallJoiner()
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._timing: ServerTiming | None = None

    def feed(self, data: bytes) -> Iterator[StreamingChunk]:
        """The chunks that the next bytes complete. See `AnswerReader.feed`."""
        if not self._started and (start := data.lstrip(_LEADING_BYTES)):
            self._started = True
            # No event begins with a brace: the server ignored `stream`, or refuses under status 200.
            if start.startswith(b"{"):
                self._body = bytearray()
                data = start
        if self._body is not None:
            yield from self._feed_body(data)
            return
        yield from self._apply_events(self._events.feed(data))

    def finish(self) -> Iterator[StreamingChunk]:
        """The chunks in the remaining data. See `AnswerReader.finish`."""
        if self._body is not None:
            if not self.ended:
                text = self._body.decode("utf-8", "replace")
                yield from self._apply_body(_first_object(text) or parse_object(text))
            return
        yield from self._apply_events(filter(_is_complete_event, self._events.finish()))
        if self.finished or not self._unknown_lines:
            return
        # lemonade-server sends JSON over several lines without `data:`.
        error_text = decode_error_text("\n".join(self._unknown_lines).encode(), "")
        if not self._has_event:
            raise ProtocolBroken(
                f"{self._profile.name} sent data that is not an event stream: {error_text.text!r}.",
                hint="Check that base_url is the address of a model server.",
            )
        raise error_from_stream(error_text, self._profile)

    def conclude(self) -> StreamingChunk | None:
        """The last chunk. See `AnswerReader.conclude`."""
        chunk = StreamingChunk(
            content=self._content.finish(),
            thinking=self._thinking.finish(),
            tool_calls=self._calls.finish(),
            finish_reason=self._finish_reason,
            usage=self._usage,
            timing=self._timing,
        )
        return None if chunk == StreamingChunk() else chunk

    def apply_object(self, value: JSONObject) -> StreamingChunk | None:
        """The chunk for one event's object. None if the object adds nothing to the answer."""
        self._record_stats(value)
        # llama-server reports the processed part of the prompt if requested.
        if (progress := mapping_in(value, "prompt_progress")) and (total := count_in(progress, "total")):
            self.activity = ServerActivity("reading", min(1.0, (count_in(progress, "processed") or 0) / total))
        # With n > 1 the choices interleave. Use the first one only.
        choice = next((row for row in rows_in(value, "choices") if not count_in(row, "index")), None)
        if choice is None:
            return None
        # Perplexity sends the whole text so far as `message` beside each delta, some gateways a message alone.
        part = mapping_in(choice, "delta") or ({} if "delta" in choice else mapping_in(choice, "message"))
        content, thinking = _texts_in(part)
        content, thinking = self._content.feed(content), self._thinking.feed(thinking)
        if self._calls.feed(part.get("tool_calls")) or content or thinking:
            self.progressed = True
        # Ollama before June 2024 had an empty one in every chunk.
        if (reason := joined(text_in(choice, "finish_reason"))) and reason != "error":
            self._finish_reason = reason
            self.finished = True
        model = self._changed_model(value)
        return StreamingChunk(content=content, thinking=thinking, model=model) if content or thinking or model else None

    def _apply_events(self, events: Iterable[ServerSentEvent | StrayLine]) -> Iterator[StreamingChunk]:
        for event in events:
            value = self._parse_event(event)
            if value is not None:
                yield from self._apply_or_raise(value)
            if self.ended:
                return

    def _parse_event(self, event: ServerSentEvent | StrayLine) -> JSONObject | None:
        """The object in an event. None if the event has none."""
        if isinstance(event, StrayLine):
            self._check_unknown_line(event.text)
            return None
        data = event.data
        if not data.startswith("{"):
            data = data.strip()
            if data == _DONE:
                self.finished = self.ended = True
            if self.ended or not data:
                return None
        if event.event == "error":
            raise error_from_stream(decode_error_text(data.encode(), ""), self._profile)
        try:
            value = parse_object(data)
        except ProtocolBroken:
            # The data of `ping` and similar events has no fixed format.
            if event.event not in ("", "message"):
                return None
            raise
        self._has_event = True
        return value

    def _record_stats(self, value: JSONObject) -> None:
        """Keep the latest counts: they come with the finish chunk, after it, or in every chunk with rising figures."""
        if not value.keys() & _STATS_KEYS:
            return
        usage = mapping_in(value, "usage") or mapping_in(mapping_in(value, "x_groq"), "usage")
        if usage:
            self._usage = Usage(count_in(usage, "prompt_tokens"), count_in(usage, "completion_tokens"))
        # llama-server's `timings`, LM Studio's `stats`.
        timings, stats = mapping_in(value, "timings"), mapping_in(value, "stats")
        if timings:
            prompt_ms, answer_ms = number_in(timings, "prompt_ms"), number_in(timings, "predicted_ms")
            self._timing = ServerTiming(
                prompt_s=None if prompt_ms is None else prompt_ms / 1000,
                answer_s=None if answer_ms is None else answer_ms / 1000,
                tokens_per_second=number_in(timings, "predicted_per_second"),
            )
        elif stats:
            self._timing = ServerTiming(
                answer_s=number_in(stats, "generation_time"), tokens_per_second=number_in(stats, "tokens_per_second")
            )

    def _changed_model(self, value: JSONObject) -> str | None:
        """The name of the answering model, once, if it differs from the requested model."""
        if not self._model or not (named := joined(text_in(value, "model"))):
            return None
        asked, self._model = self._model, ""
        return named if named != asked else None

    def _check_unknown_line(self, line: str) -> None:
        """Check a line that is not an event stream field: some servers send errors there."""
        text = line.strip()
        if text.startswith("<"):
            raise ProtocolBroken(
                f"{self._profile.name} sent a web page inside its answer.",
                hint="A proxy may have lost its connection to the server.",
            )
        # llama-server until September 2025: a field named `error`.
        name, _, value = text.partition(":")
        if name == "error":
            raise error_from_stream(decode_error_text(value.strip().encode(), ""), self._profile)
        if text.startswith("{") and _is_complete_json(text) and (error_text := _find_error(parse_object(text))):
            raise error_from_stream(error_text, self._profile)
        if len(self._unknown_lines) < _MAX_UNKNOWN_LINES:
            self._unknown_lines.append(line[:_MAX_EARLY_PARSE_LENGTH])

    def _feed_body(self, data: bytes) -> Iterator[StreamingChunk]:
        assert self._body is not None
        self._body += data
        if len(self._body) > self._max_event_bytes:
            raise ProtocolBroken(
                f"{self._profile.name} sent an answer of more than {self._max_event_bytes:,} bytes in one piece.",
                hint="To accept such large answers, raise buffers.max_event_bytes.",
            )
        # Some servers keep the connection open after the object, or send `[DONE]`. Parse a long body only at its end.
        if b"}" in data and len(self._body) <= _MAX_EARLY_PARSE_LENGTH:
            value = _first_object(self._body.decode("utf-8", "replace"))
            if value is not None:
                yield from self._apply_body(value)

    def _apply_body(self, value: JSONObject) -> Iterator[StreamingChunk]:
        self.ended = True
        choices = rows_in(value, "choices")
        # An object with only a delta is not a complete answer.
        if not any("message" in choice or choice.get("finish_reason") for choice in choices) and not _find_error(value):
            raise ProtocolBroken(
                f"{self._profile.name} sent JSON that is not an answer.",
                hint="Check that base_url is the address of an OpenAI-compatible server; it may need /v1 at its end.",
            )
        yield from self._apply_or_raise(value)
        self.finished = True

    def _apply_or_raise(self, value: JSONObject) -> Iterator[StreamingChunk]:
        if chunk := self.apply_object(value):
            yield chunk
        # Raised after the text in the same event, so that the text is kept.
        if error_text := _find_error(value):
            raise error_from_stream(error_text, self._profile)


def _find_error(value: JSONObject) -> ServerErrorText | None:
    """The error that an object reports, at its top, in a choice (OpenRouter), or by a finish reason alone."""
    choices = rows_in(value, "choices")
    for part in (value, *choices):
        if error_text := error_in(part):
            return error_text
    for choice in choices:
        if choice.get("finish_reason") == "error":
            return ServerErrorText("the answer ended with an unspecified error")
    return None


def _first_object(text: str) -> JSONObject | None:
    """The JSON object at the start of a text. None if the object is incomplete."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_complete_event(event: ServerSentEvent | StrayLine) -> bool:
    """Whether an event without its final blank line can be used: an error, or complete JSON."""
    if isinstance(event, StrayLine):
        # A truncated field name has no meaning.
        return not any(field.startswith(event.text) for field in _FIELDS)
    return event.event == "error" or _is_complete_json(event.data)


def _is_complete_json(text: str) -> bool:
    """Whether a text is `[DONE]` or a complete JSON object."""
    if text.strip() == _DONE:
        return True
    try:
        parse_object(text)
    except ProtocolBroken:
        return False
    return True


def _texts_in(part: Mapping[str, Any]) -> tuple[str, str]:
    """Content and thinking of a delta or a message."""
    thinking = text_in(part, "reasoning_content") or text_in(part, "reasoning")
    content = part.get("content")
    if not isinstance(content, list):
        return text_in(part, "content"), thinking
    # Mistral sends a list of typed parts, including thinking.
    texts, thoughts = [], [thinking]
    for piece in rows_in(part, "content"):
        if text_in(piece, "type") == "thinking":
            thoughts.append(text_in(piece, "thinking"))
            thoughts.extend(text_in(thought, "text") for thought in rows_in(piece, "thinking"))
        else:
            texts.append(text_in(piece, "text"))
    return "".join(texts), "".join(thoughts)
