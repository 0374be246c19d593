"""What is asked of a provider, and what an answer must be like."""

from __future__ import annotations

from collections.abc import Mapping

from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.errors import ProviderError
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
    tools = () if loop is None else loop.offered
    return ChatRequest(
        model=model,
        messages=messages_to_send(settings.system_prompt, history, prompt, partial, rounds),
        options=settings.options,
        stream=settings.send_options.stream,
        endpoint=settings.send_options.endpoint,
        tools=tools,
        # With a schema, servers let the model call no tools.
        schema=None if tools else settings.send_options.schema,
    )


def next_request(
    model: str, system_prompt: str, options: Mapping[str, JSONValue], path: tuple[ChatMessage, ...]
) -> ChatRequest:
    """The request of the next turn with an empty prompt: what the next prompt is added to."""
    prompt = ChatMessage("next", "user", "")
    return ChatRequest(model, messages_to_send(system_prompt, path, prompt), options)


async def lacks_vision(provider: Provider, model: str) -> bool:
    try:
        described = await provider.describe_model(model)
    except ProviderError:
        # An unknown ability is not a missing one.
        return False
    return bool(described.capabilities) and "vision" not in described.capabilities


def without_thinking(options: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
    """The options that may change what a model is loaded with."""
    return {key: value for key, value in options.items() if key != "think"}


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
