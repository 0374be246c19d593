"""What a provider offers, what it is asked, and how it is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage

Endpoint = Literal["chat", "generate"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model that a provider offers. What the server did not say is None."""

    name: str
    """The name to ask for it by."""

    loaded: bool | None = None
    """Whether it is in memory. None where the server does not tell: not loaded never means unusable."""

    size_bytes: int | None = None
    """Size on disk."""

    context_length: int | None = None
    """Tokens that it was made for."""

    loaded_context_length: int | None = None
    """Tokens that it is loaded with now."""

    parameters: str = ""
    """Number of parameters as the server words it: `8.0B`. May be empty."""

    quantization: str = ""
    """`Q4_K_M` and the like. May be empty."""

    capabilities: frozenset[str] = frozenset()
    """`vision`, `tools`, `thinking`, `embedding`, … as far as the server tells."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What a provider answered when it was knocked at."""

    latency_s: float
    """Seconds to the answer."""

    version: str = ""
    """The server's version. Empty where it does not tell."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a provider: everything that goes over the wire, and nothing that the user did not set."""

    model: str
    messages: tuple[ChatMessage, ...]
    """The history in order; a system prompt is its first message."""

    options: Mapping[str, JSONValue] = field(default_factory=dict)
    """Options by the name that the user gave them: `temperature`, `num_ctx`, `think`, …"""

    stream: bool = True
    """False asks for the whole answer at once."""

    endpoint: Endpoint = "chat"
    """`generate` is Ollama's endpoint for a bare prompt."""
