"""The Provider protocol and what it promises."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Protocol

from tui.chat.chunk import JSONValue, StreamingChunk
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus
from tui.chat.turn import ServerActivity, TurnRetried

AnswerStream = AsyncGenerator[StreamingChunk | TurnRetried, None]
"""An answer as it arrives. Closing it (`aclosing`) closes the connection at once."""


def ignore_stage(_: ServerActivity) -> None:
    """For who does not want to know what a request is waiting for."""


class Provider(Protocol):
    """A server that the user configured.

    Every method raises `ProviderError`, and nothing else, when the server or
    the way to it fails. Nothing is connected before the first call.
    """

    name: str
    """As the user calls it: the table's name in the config."""

    where: str
    """Its address, to show."""

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        """The answer to a request, chunk by chunk.

        Ends without an error only after a positive sign that the answer is
        whole. Tries again by its policy, and only while nothing has arrived.

        Args:
            request: What to ask.
            on_stage: Told what the request waits for: `connecting`, `waiting`, …
        """
        ...

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """What the server offers, chat models first, in its own order."""
        ...

    async def describe_model(self, model: str) -> ModelInfo:
        """What the server can say of one model."""
        ...

    async def check(self) -> ServerStatus:
        """Knock at the server: is it there, how fast, and which version?"""
        ...

    async def server_activity(self, model: str) -> ServerActivity | None:
        """What a server that keeps a request waiting is at: `loading`, `queued`. None where it cannot be known."""
        ...

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:
        """Tokens that a model is loaded with. None where the server does not tell; what it could hold is no answer.

        Args:
            model: The model. It is not loaded for this.
            options: What is sent with each request.
        """
        ...

    def get_ready(self) -> None:
        """Make what the first request needs, ahead of it."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
