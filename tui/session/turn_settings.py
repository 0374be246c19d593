"""How prompts are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any

from tui.chat.chunk import JSONValue
from tui.chat.model_info import Endpoint
from tui.light_dataclass import dataclass
from tui.providers.base import Provider
from tui.session.tool_box import Tools


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How prompts are sent where the conversation has no settings of its own."""

    system_prompt: str = ""
    options: Mapping[str, JSONValue] = field(default_factory=dict)
    stream: bool = True
    endpoint: Endpoint = "chat"

    schema: Mapping[str, Any] | None = None
    """The JSON schema that answers must fit. None for text."""

    remember: bool = True
    """False does not gather the answer: its chunks are all there is, and memory stays flat however long it is."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """What a turn is sent with. A prompt that is queued keeps those of the moment it was queued."""

    provider: Provider
    """The provider that answers."""

    model: str
    """One of its models. Empty where `find_model` names it when the turn begins."""

    system_prompt: str
    """The system prompt; may be empty."""

    options: Mapping[str, JSONValue]
    """The options of the request."""

    send_options: SendOptions
    """How the request is sent."""

    find_model: Callable[[], Awaitable[str]] | None = None
    """Names a model of the provider. None leaves the choice to the server."""

    tools: Tools | None = None
    """The tools of the model, and who decides about calls. None for no tools."""
