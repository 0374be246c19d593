"""Answers with tool calls in them, as other programs export them, in messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from tui.chat.chunk import JSONObject, ToolCall
from tui.chat.importing.values import without_lone_surrogates
from tui.chat.message import ChatMessage
from tui.chat.nesting import is_too_deep
from tui.chat.tool_outcome import ToolOutcome
from tui.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CallStep:
    """A tool call within an answer."""

    call: ToolCall
    result: str | None
    """None if the export has none: the call is shown, and not sent."""

    is_error: bool = False
    """Whether the result says what went wrong."""


Step = str | CallStep
"""A piece of an answer: text, or a tool call."""


def call_id(*seeds: str) -> str:
    """An id for a call that every server accepts, always the same for the same seeds."""
    named = "\x1f".join(seeds)
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def arguments_in(text: str) -> JSONObject | str:
    """The arguments of a call: the object in a JSON text, which may be encoded twice, or else the text."""
    value: object = text
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                break
    return value if isinstance(value, dict) and not is_too_deep(value) else text


def text_in_json(text: str) -> str:
    """The result of a call: the text in a JSON text, or else the text as it is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return without_lone_surrogates(value) if isinstance(value, str) else text


def result_message(call: ToolCall, content: str, created_at: float, *, is_error: bool = False) -> ChatMessage:
    """The message with the result of a call that another program ran."""
    outcome = ToolOutcome(call.id or "", call.name, approval="elsewhere", is_error=is_error)
    return ChatMessage("", "tool", content, created_at=created_at, tool=outcome)


def messages_of(steps: Sequence[Step], answer: ChatMessage) -> tuple[ChatMessage, ...]:
    """The messages of an answer: one for each text with the calls behind it, followed by their results.

    Args:
        steps: The pieces of the answer, in order.
        answer: The answer, without them. Its thinking and how it ended belong to the last message.
    """
    rounds: list[tuple[str, list[CallStep]]] = [("", [])]
    for step in steps:
        text, calls = rounds[-1]
        if isinstance(step, CallStep):
            calls.append(step)
        elif calls and step.strip():
            rounds.append((step, []))
        elif not calls:
            rounds[-1] = (text + step, calls)
    earlier = replace(answer, thinking="", outcome="complete", failure=None)
    messages: list[ChatMessage] = []
    for at, (text, calls) in enumerate(rounds):
        about = answer if at == len(rounds) - 1 else earlier
        messages.append(replace(about, content=text.strip(), tool_calls=tuple(step.call for step in calls)))
        messages += (
            result_message(step.call, step.result, answer.created_at, is_error=step.is_error)
            for step in calls
            if step.result is not None
        )
    return tuple(messages)
