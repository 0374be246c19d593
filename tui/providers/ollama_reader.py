"""Reads the body of an Ollama response, newline-delimited JSON or one object, into chunks. No I/O.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md and `api/types.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tui.chat.chunk import ServerTiming, StreamingChunk, ToolCall, Usage
from tui.chat.turn import ServerActivity
from tui.errors import ProtocolBroken
from tui.providers.answer_images import AnswerImages
from tui.providers.error_text import bare_message_in, error_in, unlabelled_error_in
from tui.providers.json_values import count_in, mapping_in, number_in, per_second, text_in
from tui.providers.message_texts import MessageTexts, unread_fields
from tui.providers.response_errors import ServerProfile, error_from_stream
from tui.providers.tool_calls import call_rows, function_in, parsed_arguments, storable_arguments
from tui.wire.ndjson import NDJSONDecoder
from tui.wire.objects import JSONObject, parse_object
from tui.wire.surrogates import joined

_NANOSECONDS: Final = 1e9
_STATUS_FIELDS: Final = frozenset(
    {
        "content",
        "context",
        "created",
        "created_at",
        "digest",
        "done",
        "done_reason",
        "error",
        "id",
        "logprobs",
        "message",
        "model",
        "object",
        "remote_host",
        "remote_model",
        "response",
        "status",
        "type",
    }
)
"""Fields of an event of `/api/generate` or `/api/pull` that are no part of an answer, or are read otherwise."""


class OllamaReader:
    """Reads one response of `/api/chat`, `/api/generate` or `/api/pull`, streamed or not."""

    def __init__(self, profile: ServerProfile, max_event_bytes: int) -> None:
        """Args:
        profile: The server's name and hints, for error messages.
        max_event_bytes: The maximum size of one line.
        """
        self.finished = False
        self.ended = False
        self.progressed = False
        self.activity: ServerActivity | None = None
        self.unread = ""
        self._profile = profile
        self._objects = NDJSONDecoder(max_event_bytes)
        self._texts = MessageTexts()
        self._images = AnswerImages()
        self._last = StreamingChunk()

    def feed(self, data: bytes) -> Iterator[StreamingChunk]:
        """The chunks that the next bytes complete. See `AnswerReader.feed`."""
        for event in self._objects.feed(data):
            yield from self._apply(event)
            if self.ended:
                return

    def finish(self, *, interrupted: bool = False) -> Iterator[StreamingChunk]:  # noqa: ARG002
        """The chunks in the remaining data. See `AnswerReader.finish`.

        Load responses, unstreamed answers and late errors of cloud models have no line end.
        """
        rest = self._objects.finish()
        if self.ended or not rest:
            return
        try:
            value = parse_object(rest)
        except ProtocolBroken:
            # An incomplete object means an interrupted response, not another protocol.
            if rest.startswith("{"):
                return
            raise
        yield from self._apply(value)

    def conclude(self) -> StreamingChunk | None:
        """The last chunk. See `AnswerReader.conclude`."""
        last = self._last
        content, thinking = self._texts.finish()
        chunk = StreamingChunk(
            content=content,
            thinking=thinking,
            finish_reason=last.finish_reason,
            usage=last.usage,
            timing=last.timing,
        )
        return None if chunk == StreamingChunk() else chunk

    def _apply(self, event: JSONObject) -> Iterator[StreamingChunk]:
        message = mapping_in(event, "message")
        is_last = event.get("done") is True
        # `/api/generate` has its fields at the top level, with the content as `response`.
        part = message or _top_level_message(event)
        content, thinking = self._texts.feed(part, is_last=is_last)
        named_calls = part.get("tool_calls")
        calls = tuple(map(_tool_call, call_rows(named_calls))) if named_calls else ()
        has_images = self._images.add_from(part)
        if content or thinking or calls or has_images:
            self.progressed = True
            self.unread = ""
            yield StreamingChunk(content, thinking, calls, images=self._images.take())
        elif not self._texts.has_text and self._images.is_empty and (names := unread_fields(part)):
            self.unread = self.unread or ", ".join(names)
        # Raised after the text in the same event, so that the text is kept.
        error_text = error_in(event)
        if error_text is None and not message and "response" not in event:
            error_text = unlabelled_error_in(event) or (bare_message_in(event) if self._texts.has_text else None)
        if error_text:
            raise error_from_stream(error_text, self._profile)
        reason = joined(text_in(event, "done_reason"))
        # Some back ends send only a finish reason; a pull ends with the status `success`.
        if is_last or reason or event.get("status") == "success":
            self.finished = self.ended = True
            self._last = StreamingChunk(finish_reason=reason or None, usage=_usage(event), timing=_timing(event))


def _top_level_message(event: JSONObject) -> Mapping[str, Any]:
    """The message of an event of `/api/generate`: thinking, tool calls, and what else may be an answer."""
    content = event.get("response") or event.get("content")
    if not content and isinstance(event.get("message"), str) and "done" in event:
        content = event["message"]
    return {"content": content} | {key: value for key, value in event.items() if key not in _STATUS_FIELDS}


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    """One call of `[{"id"?, "function": {"name", "arguments": {…}}}]`. Ollama sends no fragments."""
    function = function_in(call)
    given = function.get("arguments")
    return ToolCall(
        name=joined(text_in(function, "name")),
        arguments=storable_arguments(given)
        if isinstance(given, dict)
        else parsed_arguments(text_in(function, "arguments")),
        id=joined(text_in(call, "id")) or None,
    )


def _usage(event: JSONObject) -> Usage | None:
    # Older servers leave the count out when the prompt was cached:
    # https://github.com/ollama/ollama/issues/2068. Unknown is None, never 0.
    # The count of the prompt includes the cached tokens, which only servers from 0.40 on report.
    usage = Usage(
        count_in(event, "prompt_eval_count"),
        count_in(event, "eval_count"),
        count_in(event, "prompt_eval_cached_count"),
    )
    return None if usage == Usage() else usage


def _timing(event: JSONObject) -> ServerTiming | None:
    def seconds(key: str) -> float | None:
        nanoseconds = number_in(event, key)
        return None if nanoseconds is None else nanoseconds / _NANOSECONDS

    answer_s = seconds("eval_duration")
    timing = ServerTiming(
        load_s=seconds("load_duration"),
        prompt_s=seconds("prompt_eval_duration"),
        answer_s=answer_s,
        tokens_per_second=per_second(count_in(event, "eval_count"), answer_s),
    )
    return None if timing == ServerTiming() else timing
