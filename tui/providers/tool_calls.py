"""Fragments of tool calls, as OpenAI-style streams send them → whole calls. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tui.chat.chunk import JSONObject, ToolCall
from tui.wire.surrogates import joined


@dataclass(slots=True)
class _Begun:
    """A call of which more may follow."""

    id: str | None
    name: str
    arguments: list[str] = field(default_factory=list)
    whole: JSONObject | str | None = None

    def call(self) -> ToolCall:
        return ToolCall(
            self.name, parsed_arguments("".join(self.arguments)) if self.whole is None else self.whole, self.id
        )


class ToolCallJoiner:
    """Joins fragments by their index; and by id and name where servers number every call 0, or none."""

    def __init__(self) -> None:
        self._begun: list[_Begun] = []
        self._by_index: dict[object, _Begun] = {}

    def feed(self, fragments: object) -> bool:
        """Take the `tool_calls` of one delta. Whether there was anything in it."""
        if not isinstance(fragments, list):
            return False
        for fragment in fragments:
            if isinstance(fragment, dict):
                self._apply(fragment)
        return bool(fragments)

    def finish(self) -> tuple[ToolCall, ...]:
        """The calls since the last time, in the order in which they began."""
        calls = tuple(begun.call() for begun in self._begun)
        self._begun.clear()
        self._by_index.clear()
        return calls

    def _apply(self, fragment: dict[str, Any]) -> None:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        index = fragment.get("index")
        index = index if isinstance(index, int) else None
        call_id = joined(_text(fragment.get("id"))) or None
        name = joined(_text(function.get("name")))
        begun = self._by_index.get(index)
        if begun is None or _is_another(begun, index, call_id, name):
            begun = _Begun(call_id, name)
            self._begun.append(begun)
            self._by_index[index] = begun
        begun.id = begun.id or call_id
        begun.name = begun.name or name
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            begun.whole = storable_arguments(arguments)
        else:
            begun.arguments.append(_text(arguments))


def parsed_arguments(text: str) -> JSONObject | str:
    """The arguments as an object; the raw text when it is none, as when the token limit cut it."""
    text = joined(text)
    if not text.strip():
        return {}
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return storable_arguments(arguments) if isinstance(arguments, dict) else text


def storable_arguments(arguments: JSONObject) -> JSONObject | str:
    """The arguments without halves of surrogate pairs, which nobody can print or keep."""
    try:
        text = json.dumps(arguments, ensure_ascii=False)
    except RecursionError:
        return "(nested too deep)"
    storable = joined(text)
    if storable == text:
        return arguments
    mended: JSONObject = json.loads(storable)
    return mended


def _is_another(begun: _Begun, index: int | None, call_id: str | None, name: str) -> bool:
    """Whether a fragment belongs to another call than the one that its index leads to."""
    if call_id and begun.id:
        return call_id != begun.id
    # Later fragments may repeat the name; but another name, or a name without any number, begins a call.
    return bool(name and begun.name) and (name != begun.name or index is None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
