"""What is asked of a provider, and what an answer must be like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.chat.json_schema import text_problem
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.errors import ProtocolBroken, ProviderError
from tui.providers.base import Provider
from tui.session.history import messages_to_send
from tui.session.tool_loop import ToolLoop
from tui.session.turn_settings import TurnSettings


def request_for(
    settings: TurnSettings,
    model: str,
    history: tuple[ChatMessage, ...],
    prompt: ChatMessage,
    partial: ChatMessage | None,
    rounds: tuple[ChatMessage, ...],
    loop: ToolLoop | None,
) -> ChatRequest:
    if settings.send_options.endpoint == "generate":
        # It takes a single prompt, with which earlier ones without an answer must not be joined.
        history = ()
    return ChatRequest(
        model=model,
        messages=messages_to_send(settings.system_prompt, history, prompt, partial, rounds),
        options=settings.options,
        stream=settings.send_options.stream,
        endpoint=settings.send_options.endpoint,
        tools=() if loop is None else loop.offered,
        schema=settings.send_options.schema,
    )


async def lacks_vision(provider: Provider, model: str) -> bool:
    try:
        described = await provider.describe_model(model)
    except ProviderError:
        # An unknown ability is not a missing one.
        return False
    return bool(described.capabilities) and "vision" not in described.capabilities


def schema_error(schema: Mapping[str, Any] | None, answer: ChatMessage) -> ProtocolBroken | None:
    """The error of an answer that does not fit the schema. None if it does, or there is no schema."""
    problem = "" if schema is None else text_problem(schema, answer.text)
    if not problem:
        return None
    return ProtocolBroken(
        f"The answer does not fit the schema: {problem}",
        hint="Try again, or another model. Not all servers support it.",
    )


def without_failed_turns(path: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """The path without turns at its end whose answer failed before any text arrived."""
    while path and (path[-1].role == "user" or _has_failed_at_once(path)):
        path = path[:-1]
    return path


def _has_failed_at_once(path: tuple[ChatMessage, ...]) -> bool:
    """Whether the path ends with the failure of a whole turn: no text arrived, and no tool was called."""
    last = path[-1]
    follows_results = len(path) > 1 and path[-2].role == "tool"
    return last.role == "assistant" and last.is_empty and last.failure is not None and not follows_results
