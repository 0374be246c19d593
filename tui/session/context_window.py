"""How full the model's context is, and whether the server dropped part of the conversation."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from tui.chat.context import ContextUse, context_use, was_cut
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.errors import ProviderError
from tui.providers.base import Provider


class ContextWindow:
    """Knows how many tokens each model is loaded with, as far as its server was asked."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], int | None] = {}
        """Window size by provider name and model. None where the server does not tell."""
        self._counted: tuple[str, str, ChatMessage] | None = None
        """What was counted last, or could not be: provider name, model, and the last message."""
        self._count: int | None = None
        """The tokens of that. None if the server did not tell."""

    def use(self, provider: Provider, model: str, path: Sequence[ChatMessage]) -> ContextUse | None:
        """How much of the window a conversation takes. None while no server has counted its tokens."""
        use = context_use(path, self._tokens.get((provider.name, model)))
        if use is None or self._count is None or self._counted != (provider.name, model, path[-1]):
            return use
        return replace(use, used=self._count)

    def was_cut(self, provider: Provider, model: str, path: Sequence[ChatMessage]) -> bool:
        """Whether the server dropped the beginning of the conversation for the last answer."""
        return was_cut(path, self._tokens.get((provider.name, model)))

    async def refresh(self, provider: Provider, request: ChatRequest, last: ChatMessage | None) -> None:
        """Ask the server for the window size, once for each model, and for the tokens of a conversation.

        The model is not loaded for that.

        Args:
            provider: The server.
            request: A request with the whole conversation.
            last: The last message of the conversation. None to leave its tokens uncounted.
        """
        key = provider.name, request.model
        if key not in self._tokens:
            # Some servers cannot tell, and will not be able to after the next turn either: the failed question counts.
            self._tokens[key] = None
            with contextlib.suppress(ProviderError):
                self._tokens[key] = await provider.context_window(request.model, request.options)
        # Images would be sent for that.
        if last is None or any(message.images for message in request.messages):
            return
        counted = *key, last
        if counted != self._counted:
            self._counted, self._count = counted, None
            # The estimate stays.
            with contextlib.suppress(ProviderError):
                self._count = await provider.count_tokens(request)

    def forget(self) -> None:
        """Ask again next time: an option may change what the model is loaded with."""
        self._tokens.clear()
        self.forget_count()

    def forget_count(self) -> None:
        """Count again next time: an option or the system prompt may change how long the prompt is."""
        self._counted = self._count = None
