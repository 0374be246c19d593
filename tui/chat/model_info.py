"""Models and status of a provider, and the request it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from tui.chat.chat_support import ChatSupport, chat_support
from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage
from tui.light_dataclass import dataclass

if TYPE_CHECKING:
    from tui.chat.tools import OfferedTool

Endpoint = Literal["chat", "generate"]

ModelState = Literal["unloaded", "loading", "loaded", "sleeping", "downloading", "failed"]
"""What a server says about a model. A sleeping model wakes up with the next request."""

ModelAction = Literal["pull", "delete", "copy", "load", "unload"]
"""What can be done with a server's models."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of a provider. None means that the server did not report the value."""

    name: str
    """The name used in requests."""

    loaded: bool | None = None
    """Whether it is in memory. None if unknown. A model that is not loaded can still be used."""

    size_bytes: int | None = None
    """Size on disk."""

    context_length: int | None = None
    """The largest context window it supports, in tokens."""

    loaded_context_length: int | None = None
    """The context window it is loaded with, in tokens."""

    parameters: str = ""
    """Number of parameters, as the server formats it: `8.0B`. May be empty."""

    quantization: str = ""
    """Quantization, such as `Q4_K_M`. May be empty."""

    capabilities: frozenset[str] = frozenset()
    """`vision`, `tools`, `thinking`, `embedding`, … as far as the server reports them."""

    display_name: str = ""
    """The name that people use, if the server has one besides `name`."""

    state: ModelState | None = None
    """What the server says about it, in more detail than `loaded`."""

    state_note: str = ""
    """More about the state, in the server's words: `exit code 1`, or `context 4,096 of 32,768`."""

    thinking: tuple[str, ...] | None = None
    """The values that switch its thinking: `off`, `on`, or its own levels. Empty if it cannot be switched."""

    thinking_default: str = ""
    """The value of `thinking` that it uses if none is sent. Empty if unknown."""

    is_remote: bool = False
    """Whether the server passes requests on to another machine, as Ollama does for its cloud models."""

    gpu_fraction: float | None = None
    """How much of a loaded model is in the memory of a GPU, from 0 to 1."""

    expires_at: float | None = None
    """When a loaded model will be unloaded, in seconds since the epoch."""

    @property
    def chat_support(self) -> ChatSupport:
        """Whether it can chat, by its capabilities if the server reports them, else by its name."""
        return chat_support(self.name, self.capabilities)


def with_details(listed: ModelInfo, described: ModelInfo) -> ModelInfo:
    """A model of a list with what the description of the model adds. What is loaded, the list knows best.

    Except that a llama.cpp server with one model tells only in the description that the model sleeps.
    """
    sleeps = listed.state is None and described.state == "sleeping"
    return replace(
        listed,
        context_length=described.context_length or listed.context_length,
        parameters=listed.parameters or described.parameters,
        quantization=listed.quantization or described.quantization,
        capabilities=described.capabilities or listed.capabilities,
        thinking=listed.thinking if described.thinking is None else described.thinking,
        thinking_default=described.thinking_default or listed.thinking_default,
        is_remote=listed.is_remote or described.is_remote,
        loaded=described.loaded if sleeps or listed.loaded is None else listed.loaded,
        state=described.state if sleeps else listed.state,
        loaded_context_length=listed.loaded_context_length or described.loaded_context_length,
    )


def chat_models_first(models: Iterable[ModelInfo]) -> tuple[ModelInfo, ...]:
    """Models in their order, those that may not be able to chat after the others."""
    order = {"yes": 0, "unlikely": 1, "no": 2}
    return tuple(sorted(models, key=lambda model: order[model.chat_support]))


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """One report on a model that is downloaded or loaded. Counts are None if the server does not report them."""

    status: str
    """What the server is doing, in its words: `pulling manifest`."""

    done_bytes: int | None = None
    total_bytes: int | None = None

    fraction: float | None = None
    """Progress from 0 to 1: of the bytes, or as the server reports it."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The result of a successful provider check."""

    latency_s: float
    """Response time of the server."""

    version: str = ""
    """The server's version. Empty if unknown."""

    models: tuple[ModelInfo, ...] | None = None
    """Its models, if the check listed them. None if it asked something else."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request to a provider. Contains nothing that the user did not set or the protocol does not need."""

    model: str
    messages: tuple[ChatMessage, ...]
    """Exactly what is sent, oldest first: a system prompt, if any, then prompts and answers in turn. An answer with
    tool calls is followed by a message of role `tool` for each of them, and these by the next answer."""

    options: Mapping[str, JSONValue] = field(default_factory=dict)
    """Options by the names that the user typed: `temperature`, `num_ctx`, `think`, …"""

    stream: bool = True
    """False requests the whole answer in one piece."""

    endpoint: Endpoint = "chat"
    """`generate` is Ollama's endpoint for a single prompt."""

    tools: tuple[OfferedTool, ...] = ()
    """The tools that the model may call."""

    schema: Mapping[str, Any] | None = None
    """The JSON schema that the answer must fit. None for text."""
