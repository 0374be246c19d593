"""Reads the body of an Ollama response, newline-delimited JSON or one object, into chunks. No I/O.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md and `api/types.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tui.chat.chunk import ServerTiming, StreamingChunk, ToolCall, Usage
from tui.chat.turn import ServerActivity
from tui.errors import ProtocolBroken
from tui.providers.error_text import error_in
from tui.providers.json_values import count_in, mapping_in, number_in, per_second, rows_in, text_in
from tui.providers.response_errors import ServerProfile, error_from_stream
from tui.providers.tool_calls import parsed_arguments, storable_arguments
from tui.wire.ndjson import NDJSONDecoder
from tui.wire.objects import JSONObject, parse_object
from tui.wire.surrogates import SurrogateJoiner, joined

_NANOSECONDS: Final = 1e9


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
        self._profile = profile
        self._objects = NDJSONDecoder(max_event_bytes)
        self._content = SurrogateJoiner()
        self._thinking = SurrogateJoiner()
        self._last = StreamingChunk()

    def feed(self, data: bytes) -> Iterator[StreamingChunk]:
        """The chunks that the next bytes complete. See `AnswerReader.feed`."""
        for event in self._objects.feed(data):
            yield from self._apply(event)
            if self.ended:
                return

    def finish(self) -> Iterator[StreamingChunk]:
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
        chunk = StreamingChunk(
            content=self._content.finish(),
            thinking=self._thinking.finish(),
            finish_reason=last.finish_reason,
            usage=last.usage,
            timing=last.timing,
        )
        return None if chunk == StreamingChunk() else chunk

    def _apply(self, event: JSONObject) -> Iterator[StreamingChunk]:
        message = mapping_in(event, "message") or event
        # `/api/generate` has its text at the top level, as `response`.
        content = self._content.feed(text_in(message, "content") or text_in(event, "response"))
        thinking = self._thinking.feed(text_in(message, "thinking"))
        calls = tuple(map(_tool_call, rows_in(message, "tool_calls")))
        if content or thinking or calls:
            self.progressed = True
            yield StreamingChunk(content, thinking, calls)
        # Raised after the text in the same event, so that the text is kept.
        if error_text := error_in(event):
            raise error_from_stream(error_text, self._profile)
        reason = joined(text_in(event, "done_reason"))
        # Some back ends send only a finish reason; a pull ends with the status `success`.
        if event.get("done") is True or reason or event.get("status") == "success":
            self.finished = self.ended = True
            self._last = StreamingChunk(finish_reason=reason or None, usage=_usage(event), timing=_timing(event))


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    """One call of `[{"id"?, "function": {"name", "arguments": {…}}}]`. Ollama sends no fragments."""
    function = mapping_in(call, "function")
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
    usage = Usage(count_in(event, "prompt_eval_count"), count_in(event, "eval_count"))
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
