"""Joins the fragments of tool calls in OpenAI-style streams. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from tui.chat.chunk import JSONObject, ToolCall
from tui.light_dataclass import dataclass
from tui.wire.surrogates import joined


@dataclass(slots=True)
class _PartialCall:
    """A tool call that may still be incomplete."""

    id: str | None
    name: str
    index: int | None
    arguments: list[str] = field(default_factory=list)
    whole: JSONObject | str | None = None

    @property
    def has_arguments(self) -> bool:
        return self.whole is not None or any(self.arguments)

    @property
    def is_complete(self) -> bool:
        """Whether the arguments are a complete JSON object, which no fragment can continue."""
        # Parsing long arguments again for every fragment would be quadratic.
        last = next((part for part in reversed(self.arguments) if part.strip()), "")
        return self.whole is not None or (
            last.rstrip().endswith("}") and isinstance(parsed_arguments("".join(self.arguments)), dict)
        )

    def call(self) -> ToolCall:
        return ToolCall(
            self.name, parsed_arguments("".join(self.arguments)) if self.whole is None else self.whole, self.id
        )


class ToolCallJoiner:
    """Joins fragments by index, and by id and name if a server gives every call index 0 or no index.

    A new id alone does not start a call: some servers make up an id for every
    fragment, or open a call twice.
    """

    def __init__(self) -> None:
        self._partial_calls: list[_PartialCall] = []
        self._by_index: dict[object, _PartialCall] = {}
        self._by_id: dict[str, _PartialCall] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no call has begun since the last `finish`."""
        return not self._partial_calls

    def feed(self, fragments: object) -> bool:
        """Add the `tool_calls` of one delta. Return whether it had any fragments.

        Args:
            fragments: `[{"index": 0, "id", "function": {"name", "arguments"}}]`, or one such fragment. Anything else
                has no fragments.
        """
        if not fragments:
            return False
        rows = call_rows(fragments)
        for fragment in rows:
            self._apply(fragment)
        return bool(rows) or isinstance(fragments, list)

    def finish(self) -> tuple[ToolCall, ...]:
        """The calls since the last `finish`, in order of their first fragments."""
        calls = tuple(partial.call() for partial in self._partial_calls)
        self._partial_calls.clear()
        self._by_index.clear()
        self._by_id.clear()
        return calls

    def _apply(self, fragment: Mapping[str, Any]) -> None:
        function = function_in(fragment)
        index = _index_in(fragment)
        call_id = joined(_text(fragment.get("id"))) or None
        name = joined(_text(function.get("name")))
        arguments = function.get("arguments")
        partial = self._find(index, call_id)
        if partial is not None and name and _repeats(partial, call_id, name, arguments):
            return
        if partial is not None and _continues_name(partial, index, call_id, name):
            # A few servers send the whole name so far.
            partial.name = name if name.startswith(partial.name) else partial.name + name
        elif partial is None or _is_another(partial, index, call_id, name):
            partial = _PartialCall(call_id, name, index)
            self._partial_calls.append(partial)
            self._by_index[index] = partial
        partial.id = partial.id or call_id
        partial.name = partial.name or name
        if call_id:
            self._by_id.setdefault(call_id, partial)
        if isinstance(arguments, dict):
            partial.whole = storable_arguments(arguments)
        else:
            partial.arguments.append(_text(arguments))

    def _find(self, index: int | None, call_id: str | None) -> _PartialCall | None:
        """The call that a fragment may continue: by its id, but not across indexes, which may share an id."""
        found = self._by_id.get(call_id) if call_id else None
        return found if found is not None and found.index == index else self._by_index.get(index)


def call_rows(calls: object) -> list[Mapping[str, Any]]:
    """The calls or fragments in `tool_calls`, which some servers send as one object instead of a list."""
    if isinstance(calls, dict):
        return [calls] if "function" in calls or "name" in calls else []
    return [row for row in calls if isinstance(row, dict)] if isinstance(calls, list) else []


def function_in(call: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name and arguments of a call or fragment; some servers leave out the object `function` around them."""
    function = call.get("function")
    return function if isinstance(function, dict) else call


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
    if not name or not partial.name:
        # Without a name, only an id that comes after a complete call tells.
        return bool(call_id and partial.id and call_id != partial.id and not name and partial.is_complete)
    if name != partial.name:
        return not (call_id and call_id == partial.id) or partial.is_complete
    if call_id and partial.id and call_id != partial.id:
        # A call that is opened twice has no arguments yet; an id for each fragment comes with incomplete ones.
        return partial.is_complete
    if call_id and partial.id:
        return partial.is_complete
    # Later fragments may repeat the name; a name without an index starts a new call.
    return index is None or partial.is_complete


def _continues_name(partial: _PartialCall, index: int | None, call_id: str | None, name: str) -> bool:
    """Whether the name of a fragment is the next piece of the call's name: before its arguments, and no other call's.

    A call that has an id shows that another call would have one, too.
    """
    if not name or not partial.name or name == partial.name or partial.id is None or partial.has_arguments:
        return False
    return call_id == partial.id or (call_id is None and index is not None)


def _repeats(partial: _PartialCall, call_id: str | None, name: str, arguments: object) -> bool:
    """Whether a fragment with a name is a summary of the whole call. With another id, it is an equal call."""
    if name != partial.name or not partial.has_arguments or (call_id and call_id != partial.id):
        return False
    return arguments == (partial.whole if partial.whole is not None else "".join(partial.arguments))


def _index_in(fragment: Mapping[str, Any]) -> int | None:
    index = fragment.get("index")
    if isinstance(index, str) and index.isdecimal() and len(index) < 10:
        return int(index)
    if isinstance(index, float) and index.is_integer():
        return int(index)
    return index if isinstance(index, int) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
