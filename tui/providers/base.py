"""The interface that all providers implement."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Protocol

from tui.chat.chunk import JSONValue, StreamingChunk
from tui.chat.model_info import ChatRequest, ModelAction, ModelInfo, ModelProgress, ServerStatus
from tui.chat.turn import ServerActivity, TurnRetried

AnswerStream = AsyncGenerator[StreamingChunk | TurnRetried, None]
"""An answer as it arrives. Closing it (`aclosing`) closes the connection at once."""

ProgressStream = AsyncGenerator[ModelProgress, None]
"""The reports on a download or load, as they arrive. It ends without an error only when the server reported success.
Closing it (`aclosing`) closes the connection at once."""


def ignore_stage(_: ServerActivity) -> None:
    """The default for `on_stage`: ignores all stages."""


class ModelManager(Protocol):
    """Manages the models of one server. Every method raises only `ProviderError`."""

    actions: frozenset[ModelAction]
    """What this server can do. The other methods are not called."""

    can_stop_pulls: bool
    """Whether closing the stream of `pull` stops the download. If not, the server continues it by itself."""

    def pull(self, model: str) -> ProgressStream:
        """Download a model. A download that was stopped continues where it was, if the server can do that."""
        ...

    async def delete(self, model: str) -> None:
        """Delete a model from the server's disk."""
        ...

    async def copy(self, model: str, new_name: str) -> None:
        """Give a model another name besides its own."""
        ...

    def load(self, model: str, context_length: int = 0) -> ProgressStream:
        """Load a model into memory.

        Args:
            model: The name of the model.
            context_length: The size of its context in tokens. 0 leaves it to the server.
        """
        ...

    async def unload(self, model: str) -> bool:
        """Remove a model from memory. Returns whether it was there; True also if the server does not tell."""
        ...


class Provider(Protocol):
    """A server that the user configured.

    Every method raises only `ProviderError` when the server or the connection
    to it fails. No connection is opened before the first call.
    """

    name: str
    """The provider's name in the config file."""

    address: str
    """The server's address in messages."""

    lists_details: bool
    """Whether `list_models` reports all that `describe_model` does, so that it is not worth describing each model."""

    @property
    def continues_thinking(self) -> bool:
        """Whether an answer that was interrupted while the model was thinking can be continued."""
        ...

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        """The answer to a request as a stream of chunks.

        The stream ends without an error only if the server marked the answer
        as complete. Failed attempts are retried only before any text arrives.

        Args:
            request: The messages, model and options to send.
            on_stage: Called with each new stage of the request: `connecting`, `waiting`, …
        """
        ...

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The server's models, chat models first, otherwise in the server's order."""
        ...

    async def describe_model(self, model: str) -> ModelInfo:
        """The server's information about one model."""
        ...

    async def check(self) -> ServerStatus:
        """Send a small request, and return its latency and the server's version."""
        ...

    async def server_activity(self, model: str) -> ServerActivity | None:
        """Why the server has not answered yet: `loading` or `queued`. None if unknown."""
        ...

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:
        """The context size in tokens of the loaded model. None if unknown; the model's maximum is not used instead.

        Args:
            model: The name of the model. The call does not load it.
            options: The options sent with each request.
        """
        ...

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """How many tokens the prompt of a request has, in the template of its model.

        None if the server does not count them, or would have to load or wake the model for it.
        """
        ...

    async def end_thinking(self, model: str, answer_id: str) -> bool:
        """Ask the server to end the thinking of a running answer, so that the model writes its answer now.

        Args:
            model: The requested model.
            answer_id: The server's id of the answer, from `StreamingChunk.answer_id`.

        Returns:
            Whether the server did so. False if it cannot, or the answer has ended.
        """
        ...

    async def thinking_problem(self, model: str, value: str) -> str:
        """A sentence for the user: why a value of the option `think` has no effect. Empty if it has, or may have.

        Args:
            model: The name of the model. The call does not load it.
            value: `off`, `on` or a level.
        """
        ...

    async def tools_problem(self, model: str) -> str:
        """A sentence for the user: why a model cannot be offered tools. Empty if it can, or may.

        Args:
            model: The name of the model. The call does not load it.
        """
        ...

    async def model_manager(self) -> ModelManager | None:
        """What manages the server's models. None if the server cannot. Asks the server if that is not known yet."""
        ...

    def get_ready(self) -> None:
        """Prepare for the first request, so that the request starts sooner."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
