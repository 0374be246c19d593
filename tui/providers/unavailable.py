"""Stands in for a provider that cannot be used: it was removed or disabled, or its key is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui.chat.chunk import JSONValue
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus
from tui.chat.turn import ServerActivity
from tui.errors import LlmTuiError, ServerUnreachable
from tui.providers.base import AnswerStream, ModelManager, ignore_stage


class UnavailableProvider:
    """Keeps the name of a provider, and says why it cannot be used, when it is used."""

    lists_details = True
    """See `Provider.lists_details`."""

    continues_thinking = False
    """See `Provider.continues_thinking`."""

    def __init__(self, name: str, reason: LlmTuiError) -> None:
        """Args:
        name: The provider's name.
        reason: Why it cannot be used.
        """
        self.name = name
        self.address = ""
        self._reason = reason

    async def stream_chat(
        self,
        request: ChatRequest,  # noqa: ARG002
        on_stage: Callable[[ServerActivity], None] = ignore_stage,  # noqa: ARG002
    ) -> AnswerStream:
        """Raise the reason."""
        raise self._error()
        yield

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Raise the reason."""
        raise self._error()

    async def describe_model(self, model: str) -> ModelInfo:
        """Nothing but the name."""
        return ModelInfo(model)

    async def check(self) -> ServerStatus:
        """Raise the reason."""
        raise self._error()

    async def server_activity(self, model: str) -> ServerActivity | None:  # noqa: ARG002
        """None: there is no server."""
        return None

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:  # noqa: ARG002
        """None: there is no server."""
        return None

    async def count_tokens(self, request: ChatRequest) -> int | None:  # noqa: ARG002
        """None: there is no server."""
        return None

    async def end_thinking(self, model: str, answer_id: str) -> bool:  # noqa: ARG002
        """False: there is no server."""
        return False

    async def thinking_problem(self, model: str, value: str) -> str:  # noqa: ARG002
        """Empty: a request fails for another reason."""
        return ""

    async def tools_problem(self, model: str) -> str:  # noqa: ARG002
        """Empty: a request fails for another reason."""
        return ""

    async def model_manager(self) -> ModelManager | None:
        """None: there is no server."""
        return None

    def get_ready(self) -> None:
        """Nothing to prepare."""

    async def aclose(self) -> None:
        """Nothing to close."""

    def _error(self) -> ServerUnreachable:
        return ServerUnreachable(str(self._reason), hint=self._reason.hint, is_transient=False)
