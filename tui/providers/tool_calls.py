"""Joins the fragments of tool calls in OpenAI-style streams. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tui.chat.chunk import JSONObject, ToolCall
from tui.wire.surrogates import joined


@dataclass(slots=True)
class _PartialCall:
    """A tool call that may still be incomplete."""

    id: str | None
    name: str
    arguments: list[str] = field(default_factory=list)
    whole: JSONObject | str | None = None

    def call(self) -> ToolCall:
        return ToolCall(
            self.name, parsed_arguments("".join(self.arguments)) if self.whole is None else self.whole, self.id
        )


class ToolCallJoiner:
    """Joins fragments by index, and by id and name if a server gives every call index 0 or no index."""

    def __init__(self) -> None:
        self._partial_calls: list[_PartialCall] = []
        self._by_index: dict[object, _PartialCall] = {}

    def feed(self, fragments: object) -> bool:
        """Add the `tool_calls` of one delta. Return whether it had any fragments."""
        if not isinstance(fragments, list):
            return False
        for fragment in fragments:
            if isinstance(fragment, dict):
                self._apply(fragment)
        return bool(fragments)

    def finish(self) -> tuple[ToolCall, ...]:
        """The calls since the last `finish`, in order of their first fragments."""
        calls = tuple(partial.call() for partial in self._partial_calls)
        self._partial_calls.clear()
        self._by_index.clear()
        return calls

    def _apply(self, fragment: dict[str, Any]) -> None:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        index = fragment.get("index")
        index = index if isinstance(index, int) else None
        call_id = joined(_text(fragment.get("id"))) or None
        name = joined(_text(function.get("name")))
        partial = self._by_index.get(index)
        if partial is None or _is_another(partial, index, call_id, name):
            partial = _PartialCall(call_id, name)
            self._partial_calls.append(partial)
            self._by_index[index] = partial
        partial.id = partial.id or call_id
        partial.name = partial.name or name
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            partial.whole = storable_arguments(arguments)
        else:
            partial.arguments.append(_text(arguments))


def parsed_arguments(text: str) -> JSONObject | str:
    """The arguments as an object, or the raw text if it is not valid, for example cut off by the token limit."""
    text = joined(text)
    if not text.strip():
        return {}
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return storable_arguments(arguments) if isinstance(arguments, dict) else text


def storable_arguments(arguments: JSONObject) -> JSONObject | str:
    """The arguments without lone surrogates, which cannot be printed or stored."""
    try:
        text = json.dumps(arguments, ensure_ascii=False)
    except RecursionError:
        return "(nested too deep)"
    storable = joined(text)
    if storable == text:
        return arguments
    repaired: JSONObject = json.loads(storable)
    return repaired


def _is_another(partial: _PartialCall, index: int | None, call_id: str | None, name: str) -> bool:
    """Whether a fragment starts a new call instead of continuing the call with its index."""
    if call_id and partial.id:
        return call_id != partial.id
    # Later fragments may repeat the name. Another name, or a name without an index, starts a new call.
    return bool(name and partial.name) and (name != partial.name or index is None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
