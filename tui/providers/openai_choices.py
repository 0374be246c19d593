"""The choices in the events of OpenAI-style responses: which one is read, and what is left unread. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tui.providers.error_text import excerpt
from tui.providers.json_values import mapping_in, rows_in
from tui.providers.message_texts import has_text, unread_fields
from tui.wire.objects import JSONObject
from tui.wire.surrogates import joined

_HARMLESS_FIELDS: Final = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "type",
        "event",
        "status",
        "provider",
        "usage",
        "x_groq",
        "timings",
        "stats",
        "prompt_progress",
        "system_fingerprint",
        "service_tier",
        "time",
        "timestamp",
        "obfuscation",
        "error",
    }
)
"""Fields of an event that are no part of an answer."""
_HARMLESS_CHOICE_FIELDS: Final = frozenset(
    {
        "delta",
        "message",
        "finish_reason",
        "native_finish_reason",
        "stop_reason",
        "matched_stop",
        "index",
        "logprobs",
        "token_ids",
        "usage",
        "content_filter_results",
        "content_filter_offsets",
        "error",
    }
)

_ANSWER_FIELDS: Final = (
    "choices",
    "response",
    "text",
    "output_text",
    "output",
    "content",
    "completion",
    "generated_text",
    "answer",
    "candidates",
)
"""Where an object without choices may have the answer."""


class ChoiceSelector:
    """Selects the choice that is the answer: with n > 1 the choices of a stream interleave.

    That is choice 0, or the only one: some servers number it otherwise. Others number every chunk. Their indexes do
    not return and have one finish reason in all, so at the end all of their choices belong to the answer.
    """

    def __init__(self) -> None:
        self._index: int | None = None
        """The index of the choice that is read. None until text or a tool call of it has come."""
        self._held: list[Mapping[str, Any]] = []
        """Choices that were not read: they may be other answers, or parts of this one."""
        self._interleaved = False
        """Whether the choices are known to be several answers."""
        self._seen: set[int] = set()
        """The indexes of the choices with a part of an answer."""
        self._last: int | None = None
        """The latest of these indexes."""
        self._finished: set[int] = set()
        """The indexes with a finish reason."""

    @property
    def holds(self) -> bool:
        """Whether a choice is held back until it is known to be the answer."""
        return bool(self._held)

    def lock(self, choice: Mapping[str, Any]) -> None:
        """Select the index of a choice that has a part of the answer, unless one was selected before."""
        if self._index is None:
            self._index = index_of(choice)

    def finish(self) -> list[Mapping[str, Any]]:
        """The choices that were held back and belong to the answer, at the end of the stream."""
        held, self._held = self._held, []
        if len(self._finished) <= 1:
            return held
        return _first_answer(held) if self._index is None else []

    def select(self, choices: list[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
        """The choices that belong to the answer, of those in one event, and of those that were held back."""
        # Fast path: a stream of one choice.
        if len(choices) == 1 and not self._held and self._index == index_of(choices[0]):
            if choices[0].get("finish_reason"):
                self._finished.add(self._index)
            return choices
        if not choices:
            return ()
        rows = sorted(choices, key=index_of)
        answers = [row for row in rows if _has_answer(row)]
        self._track(rows, answers)
        if self._index is None:
            return self._select_first(answers, rows[0])
        if not self._interleaved:
            self._held += [
                row for row in rows if index_of(row) != self._index and (row in answers or finish_reason_of(row))
            ]
        return [row for row in rows if index_of(row) == self._index][:1]

    def _track(self, rows: list[Mapping[str, Any]], answers: list[Mapping[str, Any]]) -> None:
        """Record the indexes of an event. One that returns after another belongs to one of several answers."""
        self._finished.update(index_of(row) for row in rows if finish_reason_of(row))
        indexes = {index_of(row) for row in answers}
        if len(indexes) > 1 or any(index in self._seen and index != self._last for index in indexes):
            self._interleaved = True
            if self._index is not None:
                self._held = []
        self._seen |= indexes
        self._last = max(indexes, default=self._last)

    def _select_first(self, answers: list[Mapping[str, Any]], first: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """The choices of the answer, of which none was read before.

        Args:
            answers: The choices of the event that have a part of an answer.
            first: The first choice of the event.
        """
        if not answers:
            return (first,) if index_of(first) == 0 or finish_reason_of(first) else ()
        if self._interleaved:
            found = _first_answer([*self._held, *answers])
            self._held = []
            self.lock(found[0])
            return found
        choice = answers[0]
        index = index_of(choice)
        same = [row for row in self._held if index_of(row) == index]
        if same and (index == 0 or len(same) == len(self._held)):
            # What came before several pieces with index 0 was another answer.
            self._held = []
            return (*same, choice)
        if not self._held and (index == 0 or finish_reason_of(choice)):
            return (choice,)
        self._held.append(choice)
        return ()


def _first_answer(choices: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The choices with index 0, or with the index of the first choice."""
    indexes = [index_of(row) for row in choices]
    return [row for row, index in zip(choices, indexes, strict=True) if index == (0 if 0 in indexes else indexes[0])]


def choices_in(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The choices of an event. Some gateways send one choice without a list."""
    choices = value.get("choices")
    return [choices] if isinstance(choices, dict) else rows_in(value, "choices")


def index_of(choice: Mapping[str, Any]) -> int:
    """The index of a choice; 0 if it has none."""
    index = choice.get("index")
    if isinstance(index, str) and index.isdecimal() and len(index) < 10:
        return int(index)
    return index if isinstance(index, int) else 0


def finish_reason_of(choice: Mapping[str, Any]) -> str:
    reason = choice.get("finish_reason")
    return joined(reason) if isinstance(reason, str) else ""


def is_whole(choice: Mapping[str, Any]) -> bool:
    """Whether a choice of a single object is a complete answer."""
    return "message" in choice or "text" in choice or bool(choice.get("finish_reason"))


def is_chunk(value: JSONObject) -> bool:
    """Whether an object is one chunk of several, and not an answer in one piece."""
    return (
        value.get("object") == "chat.completion.chunk"
        or value.get("done") is False
        or any("delta" in choice for choice in choices_in(value))
    )


def is_ollama_event(value: JSONObject) -> bool:
    """Whether an object is an event of Ollama's own protocol, which has no choices and always says if it is the last.

    Some gateways send them at the address of OpenAI's protocol.
    """
    return isinstance(value.get("done"), bool)


def choice_in_other_shape(value: JSONObject) -> Mapping[str, Any] | None:
    """A choice with the answer of an object that has none. None if there is no text in any known place.

    Known formats: `{"response": "…"}`, `{"text": "…"}`, `{"choices": ["…"]}`,
    OpenAI's `{"output": [{"content": […]}]}`, Gemini's `{"candidates": [{"content": {"parts": […]}}]}`,
    Anthropic's `{"content": [{"text": "…"}]}`, Ollama's `{"message": {"content": "…"}}`.
    """
    message = value.get("message")
    if isinstance(message, dict) and (has_text(message) or message.get("tool_calls")):
        found = message
    else:
        places = (value.get(key) for key in _ANSWER_FIELDS if key != "choices" or _is_texts(value.get(key)))
        found = next((part for place in places if has_text(part := {"content": place})), {})
        if isinstance(value.get("thinking"), str):
            found = {**found, "thinking": value["thinking"]}
    if not has_text(found) and not found.get("tool_calls"):
        return None
    return {"message": found, "finish_reason": value.get("done_reason")}


def _is_texts(value: object) -> bool:
    """Whether a value is a list of strings."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _has_answer(choice: Mapping[str, Any]) -> bool:
    """Whether a choice has text, tool calls or images."""
    if isinstance(choice.get("delta"), str) and choice["delta"]:
        return True
    parts = (choice, mapping_in(choice, "delta"), mapping_in(choice, "message"))
    more = ("tool_calls", "function_call", "images")
    return any(has_text(part) or any(part.get(field) for field in more) for part in parts)


def unread_in(value: JSONObject) -> str:
    """What may be an answer in an event without text: field names, or an excerpt. Empty if there is no such data."""
    if "choices" not in value:
        return excerpt(value) if any(_unknown_fields(value, _HARMLESS_FIELDS)) else ""
    choices = choices_in(value)
    if not choices:
        # Lists and objects beside no choices describe the prompt, such as Azure's `prompt_filter_results`.
        is_text = any(isinstance(value[key], str) for key in _unknown_fields(value, _HARMLESS_FIELDS))
        return excerpt(value) if is_text or value["choices"] else ""
    names: list[str] = []
    for choice in choices:
        names.extend(_unknown_fields(choice, _HARMLESS_CHOICE_FIELDS))
        for key in ("delta", "message"):
            part = choice.get(key)
            names.extend(unread_fields(part) if isinstance(part, dict) else [key] if part else [])
    return ", ".join(dict.fromkeys(names))


def _unknown_fields(values: Mapping[str, Any], known: frozenset[str]) -> list[str]:
    return [key for key, value in values.items() if value and key not in known and isinstance(value, str | list | dict)]
