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


class ChoiceSelector:
    """Selects the choice that is the answer: with n > 1 the choices of a stream interleave.

    That is choice 0, or the only one: some servers number it otherwise.
    """

    def __init__(self) -> None:
        self._index: int | None = None
        """The index of the choice that is read. None until text or a tool call of it has come."""
        self._held: Mapping[str, Any] | None = None
        """The first choice of the stream, if its index is not 0: choice 0 may follow."""

    @property
    def holds(self) -> bool:
        """Whether a choice is held back until it is known to be the answer."""
        return self._held is not None

    def lock(self, choice: Mapping[str, Any]) -> None:
        """Select the index of a choice that has a part of the answer, unless one was selected before."""
        if self._index is None:
            self._index = index_of(choice)

    def finish(self) -> Mapping[str, Any] | None:
        """The choice that was held back, at the end of the stream. None if there is none."""
        held, self._held = self._held, None
        return held

    def select(self, choices: list[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
        """The choices that belong to the answer, of those in one event, and of one that was held back."""
        if not choices:
            return ()
        if self._index is not None:
            # Fast path: a stream of one choice.
            if len(choices) == 1 and index_of(choices[0]) == self._index:
                return choices
            return [row for row in choices if index_of(row) == self._index][:1]
        rows = sorted(choices, key=index_of)
        choice = next(filter(_has_answer, rows), rows[0])
        index = index_of(choice)
        held, self._held = self._held, None
        if index == 0 or finish_reason_of(choice):
            if held is not None and index_of(held) == index:
                return held, choice
            # A choice that came before choice 0 was another answer, if choice 0 has one.
            self._held = None if _has_answer(choice) else held
            return (choice,)
        if held is None and _has_answer(choice):
            self._held = choice
            return ()
        if held is not None and index_of(held) == index:
            return held, choice
        self._held = held
        return ()


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
    return value.get("object") == "chat.completion.chunk" or any("delta" in choice for choice in choices_in(value))


def _has_answer(choice: Mapping[str, Any]) -> bool:
    """Whether a choice has text or tool calls."""
    if isinstance(choice.get("delta"), str) and choice["delta"]:
        return True
    parts = (choice, mapping_in(choice, "delta"), mapping_in(choice, "message"))
    return any(has_text(part) or part.get("tool_calls") or part.get("function_call") for part in parts)


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
