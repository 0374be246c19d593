"""Reads the body of an OpenAI-style response, an event stream or one JSON object, into chunks. No I/O.

Source: https://platform.openai.com/docs/api-reference/chat-streaming for the standard. Comments name
the servers that deviate from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.chat.chunk import ServerTiming, StreamingChunk, Usage
from tui.chat.turn import ServerActivity
from tui.errors import ProtocolBroken
from tui.providers.answer_images import AnswerImages
from tui.providers.data_urls import DataURLShortener
from tui.providers.error_text import (
    ServerErrorText,
    bare_message_in,
    decode_error_text,
    error_in,
    excerpt,
    extract_error_text,
    unlabelled_error_in,
)
from tui.providers.json_values import count_in, mapping_in, number_in, text_in
from tui.providers.message_texts import MessageTexts
from tui.providers.openai_choices import (
    ChoiceSelector,
    choice_in_other_shape,
    choices_in,
    finish_reason_of,
    is_chunk,
    is_ollama_event,
    is_whole,
    unread_in,
)
from tui.providers.response_errors import ServerProfile, error_from_stream
from tui.providers.tool_calls import ToolCallJoiner
from tui.wire.lines import LineDecoder
from tui.wire.objects import JSONObject, is_complete_json, is_keep_alive, looks_like_markup, parse_object, parse_objects
from tui.wire.sse import ServerSentEvent, SSEDecoder, StrayLine
from tui.wire.surrogates import joined

_DONE: Final = re.compile(
    r"""["']?(?:\[?DONE\]?|\[(?:END|EOS)\]|<\|(?:\w+_)?(?:end|eot|eos)(?:oftext|_\w+)?\|>|</s>)["']?""", re.IGNORECASE
)
"""`[DONE]`, which some servers send without brackets or as a JSON string, or the model's own end token."""
_END_EVENTS: Final = frozenset({"done", "[done]", "end", "complete", "completed", "finished", "close"})
"""Names of events that end a stream in place of `[DONE]`."""
_PROMPT_PROGRESS: Final = re.compile(r"keepalive (\d{1,9})/([1-9]\d{0,8})")
_MAX_UNKNOWN_LINES: Final = 40
_MAX_EARLY_PARSE_LENGTH: Final = 65_536
_LEADING_BYTES: Final = b"\xef\xbb\xbf \t\r\n"
"""White space and the byte order mark, which can arrive in pieces."""
_STATS_KEYS: Final = frozenset({"usage", "x_groq", "timings", "stats"})
_FIELDS: Final = ("data", "event", "id", "retry", "error")


class OpenAIReader:
    """Reads one response. Uses only the text and tool calls of one choice, the finish reason, `usage` and `error`."""

    def __init__(self, model: str, profile: ServerProfile, max_event_bytes: int, *, reports_id: bool = False) -> None:
        """Args:
        model: The requested model.
        profile: The server's name and hints, for error messages.
        max_event_bytes: The maximum size of one event, or of an unstreamed answer.
        reports_id: Whether to report the server's id of the answer.
        """
        self.finished = False
        self.ended = False
        self.progressed = False
        self.activity: ServerActivity | None = None
        self.unread = ""
        self._model = model
        self._awaits_id = reports_id
        self._profile = profile
        self._max_event_bytes = max_event_bytes
        self._events = SSEDecoder(max_event_bytes)
        self._body: bytearray | None = None
        self._lines: LineDecoder | None = None
        """Splits a body of newline-delimited JSON. None for any other body."""
        self._first_line_read = False
        self._started = False
        self._has_event = False
        self._unknown_lines: list[str] = []
        self._texts = MessageTexts()
        self._images = AnswerImages()
        self._data_urls = DataURLShortener(self._images)
        self._choices = ChoiceSelector()
        self._has_delta = False
        self._finishes_early = False
        """Whether text came after a finish reason: the server sends one with every chunk, and it ends nothing."""
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
        self._check_dataless_event()
        # mlx-lm reports how much of the prompt is processed in comments.
        if not self._has_answer and (progress := _PROMPT_PROGRESS.fullmatch(self._events.comment)):
            self.activity = ServerActivity("reading", min(1.0, int(progress[1]) / int(progress[2])))
            self._events.comment = ""

    def finish(self, *, interrupted: bool = False) -> Iterator[StreamingChunk]:
        """The chunks in the remaining data. See `AnswerReader.finish`."""
        yield from self._read_rest()
        if self._finishes_early and not interrupted:
            self.finished = True
        if self.finished or not self._unknown_lines:
            return
        # lemonade-server sends JSON over several lines without `data:`.
        error_text = decode_error_text("\n".join(self._unknown_lines).encode(), "")
        if not self._has_event:
            # Empty JSON has no text.
            sent = error_text.text or " ".join(self._unknown_lines)
            raise ProtocolBroken(
                f"{self._profile.name} sent data that is not an event stream: {sent!r}.",
                hint="Check that base_url is the address of a model server.",
            )
        raise error_from_stream(error_text, self._profile)

    def _read_rest(self) -> Iterator[StreamingChunk]:
        if self._lines is not None:
            if is_complete_json(rest := self._lines.finish().decode("utf-8", "replace").strip()):
                yield from self._apply_line(rest)
            return
        if self._body is not None:
            if not self.ended:
                text = self._body.decode("utf-8", "replace")
                yield from self._apply_body(_first_object(text) or parse_object(text))
            return
        yield from self._apply_events(filter(_is_complete_event, self._events.finish()))
        self._check_dataless_event()

    def _check_dataless_event(self) -> None:
        """Finish if the last event without data is an end marker, and not that of an earlier phase."""
        if self._has_answer and self._events.dataless_event.lower() in _END_EVENTS:
            self.finished = True

    def conclude(self) -> StreamingChunk | None:
        """The last chunk. See `AnswerReader.conclude`."""
        content = thinking = ""
        for held in self._choices.finish():
            finished = self.finished
            more_content, more_thinking = self._read_choice(held)
            content, thinking = content + more_content, thinking + more_thinking
            self.finished = self.finished or finished
        last_content, last_thinking = self._texts.finish()
        content = self._data_urls.feed(content + last_content) + self._data_urls.finish()
        chunk = StreamingChunk(
            content=content,
            thinking=thinking + last_thinking,
            tool_calls=self._calls.finish(),
            finish_reason=self._finish_reason,
            usage=self._usage,
            timing=self._timing,
            images=self._images.take(),
        )
        if chunk.has_text:
            self.unread = ""
        return None if chunk == StreamingChunk() else chunk

    def _apply(self, value: JSONObject, choices: list[Mapping[str, Any]]) -> StreamingChunk | None:
        """The chunk for one event's object with these choices. None if the object adds nothing to the answer."""
        self._record_stats(value, choices)
        # llama-server reports the processed part of the prompt if requested.
        if (progress := mapping_in(value, "prompt_progress")) and (total := count_in(progress, "total")):
            self.activity = ServerActivity("reading", min(1.0, (count_in(progress, "processed") or 0) / total))
        content = thinking = ""
        if not choices and is_ollama_event(value) and (choice := choice_in_other_shape(value)):
            choices = [choice]
        for choice in self._choices.select(choices):
            more_content, more_thinking = self._read_choice(choice)
            content += more_content
            thinking += more_thinking
        if not (content or thinking or self.progressed or self.unread or self._has_answer):
            self.unread = unread_in(value)
        if "choices" not in value and _is_end_object(value) and self._has_answer:
            self.finished = True
        content = self._data_urls.feed(content) if content else ""
        model, images = self._changed_model(value), self._images.take()
        if not (content or thinking or model or images):
            return None
        return StreamingChunk(
            content=content, thinking=thinking, model=model, images=images, answer_id=self._new_id(value)
        )

    def _new_id(self, value: JSONObject) -> str | None:
        """The id of the answer, once, if it is to be reported."""
        if not self._awaits_id or not (answer_id := text_in(value, "id")):
            return None
        self._awaits_id = False
        return answer_id

    @property
    def _has_answer(self) -> bool:
        """Whether any part of the answer has come, even if it is held back."""
        has_text = self._texts.has_text or not self._images.is_empty
        return has_text or not self._calls.is_empty or self._choices.holds

    def _read_choice(self, choice: Mapping[str, Any]) -> tuple[str, str]:
        """The new content and thinking of a choice. Its tool calls, images and finish reason are kept."""
        delta = choice.get("delta")
        # Ollama before June 2024 had an empty one in every chunk.
        reason = finish_reason_of(choice)
        if isinstance(delta, dict):
            part: Mapping[str, Any] = delta
        else:
            part = {"content": delta} if isinstance(delta, str | list) else {}
        content, thinking = self._texts.feed(part, is_last=self.finished or bool(reason)) if part else ("", "")
        has_more = bool(part) and self._feed_more(part)
        if content or thinking or has_more:
            self._has_delta = True
        elif not part or reason:
            # Perplexity sends the whole text so far as `message` beside each delta, other servers at the end. Some
            # gateways send messages alone, as pieces.
            content, thinking, has_more = self._read_message(
                choice, is_whole=self._has_delta or isinstance(delta, dict), is_last=bool(reason)
            )
        if content or thinking or has_more:
            self.progressed = True
            self.unread = ""
            self._choices.lock(choice)
            self._finishes_early = self._finishes_early or self.finished
        if reason and reason != "error":
            self._finish_reason = reason
            self.finished = True
        if self._finishes_early:
            self.finished = False
        return content, thinking

    def _read_message(self, choice: Mapping[str, Any], *, is_whole: bool, is_last: bool) -> tuple[str, str, bool]:
        """Content, thinking and whether there are calls or images, in a choice without text in its delta.

        Args:
            choice: The choice.
            is_whole: Whether a message has all of the answer so far, and not its next piece.
            is_last: Whether the answer ends with this choice.
        """
        message = choice.get("message")
        if not isinstance(message, dict):
            # `/v1/completions` has its text in the choice.
            message = {"content": message} if isinstance(message, str | list) else choice
        if is_whole:
            content, thinking = self._texts.feed_summary(message)
            has_images = self._images.add_from(message)
            return content, thinking, (self._calls.is_empty and self._feed_calls(message)) or has_images
        content, thinking = self._texts.feed(message, is_last=is_last)
        return content, thinking, self._feed_more(message)

    def _feed_more(self, part: Mapping[str, Any]) -> bool:
        """Keep tool calls and images. Returns whether there are any."""
        has_images = self._images.add_from(part)
        return self._feed_calls(part) or has_images

    def _feed_calls(self, part: Mapping[str, Any]) -> bool:
        if "function_call" in part and isinstance(call := part["function_call"], dict):
            # The form before `tool_calls`: one call, without id and index.
            return self._calls.feed({"index": 0, "function": call})
        return self._calls.feed(part.get("tool_calls"))

    def _apply_events(self, events: Iterable[ServerSentEvent | StrayLine]) -> Iterator[StreamingChunk]:
        for event in events:
            for value in self._parse_event(event):
                yield from self._apply_or_raise(value)
            if self.ended:
                return
            if event.__class__ is ServerSentEvent and event.event and event.event.lower() in _END_EVENTS:
                self.finished = self.finished or self._has_answer

    def _parse_event(self, event: ServerSentEvent | StrayLine) -> list[JSONObject]:
        """The objects in an event: one, or none if the event is the end or has no data."""
        if isinstance(event, StrayLine):
            if not self._is_end(event.text):
                self._check_unknown_line(event.text)
            return []
        data = event.data
        if not data.startswith("{") and (self._is_end(data) or not data.strip()):
            return []
        if event.event == "error":
            raise error_from_stream(decode_error_text(data.encode(), ""), self._profile)
        if not data.startswith("{") and is_keep_alive(data):
            return []
        try:
            values = parse_objects(data)
        except ProtocolBroken:
            # The data of `ping` and similar events has no fixed format.
            if event.event not in ("", "message"):
                return []
            raise
        self._has_event = True
        return values

    def _is_end(self, text: str) -> bool:
        """Whether a line is the end of the stream, which is then set."""
        if _DONE.fullmatch(text.strip()):
            self.finished = self.ended = True
        return self.ended

    def _record_stats(self, value: JSONObject, choices: list[Mapping[str, Any]]) -> None:
        """Keep the latest counts: they come with the finish chunk, after it, or in every chunk with rising figures."""
        if _STATS_KEYS.isdisjoint(value) and not any("usage" in row for row in choices):
            return
        usage = mapping_in(value, "usage") or mapping_in(mapping_in(value, "x_groq"), "usage")
        if not usage:
            # Moonshot has it in the choice.
            usage = next((found for row in choices if (found := mapping_in(row, "usage"))), {})
        if usage:
            self._usage = _newest_usage(self._usage, usage)
        # llama-server's `timings`, LM Studio's `stats`.
        timings, stats = mapping_in(value, "timings"), mapping_in(value, "stats")
        if timings:
            if self._usage is None or self._usage.cached_prompt_tokens is None:
                self._usage = replace(self._usage or Usage(), cached_prompt_tokens=count_in(timings, "cache_n"))
            prompt_ms, answer_ms = number_in(timings, "prompt_ms"), number_in(timings, "predicted_ms")
            self._timing = ServerTiming(
                prompt_s=None if prompt_ms is None else prompt_ms / 1000,
                answer_s=None if answer_ms is None else answer_ms / 1000,
                # 0 for an answer of one token, whose time is not measured.
                tokens_per_second=number_in(timings, "predicted_per_second") or None,
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
        if looks_like_markup(text):
            raise ProtocolBroken(
                f"{self._profile.name} sent a web page inside its answer.",
                hint="A proxy may have lost its connection to the server.",
            )
        # llama-server until September 2025: a field named `error`.
        name, _, value = text.partition(":")
        if name == "error":
            raise error_from_stream(decode_error_text(value.strip().encode(), ""), self._profile)
        parsed = parse_object(text) if text.startswith("{") and is_complete_json(text) else {}
        if error_text := _find_error(parsed, choices_in(parsed)):
            raise error_from_stream(error_text, self._profile)
        if len(self._unknown_lines) < _MAX_UNKNOWN_LINES:
            self._unknown_lines.append(line[:_MAX_EARLY_PARSE_LENGTH])

    def _feed_body(self, data: bytes) -> Iterator[StreamingChunk]:
        assert self._body is not None
        if self._lines is not None:
            yield from self._feed_lines(data)
            return
        self._body += data
        if len(self._body) > self._max_event_bytes:
            raise ProtocolBroken(
                f"{self._profile.name} sent an answer of more than {self._max_event_bytes:,} bytes in one piece.",
                hint="To accept such large answers, raise buffers.max_event_bytes.",
            )
        if not self._first_line_read and b"\n" in data:
            self._first_line_read = True
            value = _first_object(self._body.partition(b"\n")[0].decode("utf-8", "replace"))
            if value is not None and is_chunk(value):
                body, self._body = bytes(self._body), bytearray()
                self._lines = LineDecoder(self._max_event_bytes, lone_cr=False)
                yield from self._feed_lines(body)
                return
        # Some servers keep the connection open after the object, or send `[DONE]`. Parse a long body only at its end.
        if b"}" in data and len(self._body) <= _MAX_EARLY_PARSE_LENGTH:
            value = _first_object(self._body.decode("utf-8", "replace"))
            # Further chunks may follow in lines of their own.
            if value is not None and not is_chunk(value):
                yield from self._apply_body(value)

    def _feed_lines(self, data: bytes) -> Iterator[StreamingChunk]:
        assert self._lines is not None
        for line in self._lines.feed(data):
            yield from self._apply_line(line.decode("utf-8", "replace").strip())
            if self.ended:
                return

    def _apply_line(self, line: str) -> Iterator[StreamingChunk]:
        """The chunk in one line of newline-delimited JSON."""
        for value in self._parse_event(ServerSentEvent(line.removeprefix("data:").lstrip())):
            yield from self._apply_or_raise(value)

    def _apply_body(self, value: JSONObject) -> Iterator[StreamingChunk]:
        self.ended = True
        choices = choices_in(value)
        # An object with only a delta is not a complete answer.
        if not any(is_whole(choice) for choice in choices) and not _find_error(value, choices):
            choice = choice_in_other_shape(value)
            if choice is None:
                text = extract_error_text(value).text.rstrip(".") or excerpt(value)
                raise self._not_an_answer(text)
            value = value | {"choices": [choice]}
        yield from self._apply_or_raise(value)
        self.finished = value.get("done") is not False

    def _not_an_answer(self, text: str) -> ProtocolBroken:
        return ProtocolBroken(
            f"{self._profile.name} sent JSON that is not an answer: {text}.",
            hint="Check that base_url is the address of an OpenAI-compatible server; it may need /v1 at its end.",
        )

    def _apply_or_raise(self, value: JSONObject) -> Iterator[StreamingChunk]:
        choices = choices_in(value)
        if chunk := self._apply(value, choices):
            yield chunk
        # Raised after the text in the same event, so that the text is kept.
        error_text = _find_error(value, choices)
        if error_text is None and self._has_answer and not choices:
            error_text = bare_message_in(value)
        if error_text:
            raise error_from_stream(error_text, self._profile)


def _find_error(value: JSONObject, choices: list[Mapping[str, Any]]) -> ServerErrorText | None:
    """The error that an object reports, at its top, in a choice (OpenRouter), or by a finish reason alone."""
    if error_text := error_in(value) or (None if choices else unlabelled_error_in(value)):
        return error_text
    for choice in choices:
        if error_text := error_in(choice):
            return error_text
    for choice in choices:
        if choice.get("finish_reason") == "error":
            return ServerErrorText("the answer ended with an unspecified error")
    return None


def _is_end_object(value: JSONObject) -> bool:
    """Whether an object without choices marks the end: `{"done": true}`, `{"type": "done"}`."""
    return value.get("done") is True or any(value.get(key) in ("done", "[DONE]") for key in ("type", "event"))


def _newest_usage(earlier: Usage | None, usage: Mapping[str, Any]) -> Usage:
    """The token counts of an event; a count that it lacks is the earlier one."""
    prompt, completion = (
        next((count for key in keys if (count := count_in(usage, key)) is not None), None)
        for keys in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
    )
    cached = count_in(mapping_in(usage, "prompt_tokens_details"), "cached_tokens")
    earlier = earlier or Usage()
    return Usage(
        earlier.prompt_tokens if prompt is None else prompt,
        earlier.completion_tokens if completion is None else completion,
        earlier.cached_prompt_tokens if cached is None else cached,
    )


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
    return event.event == "error" or _is_complete(event.data)


def _is_complete(text: str) -> bool:
    """Whether a text is the end of the stream or complete JSON."""
    return _DONE.fullmatch(text.strip()) is not None or is_complete_json(text)
