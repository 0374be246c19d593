"""Connects conversations to providers."""

from __future__ import annotations

from functools import partial

from tui.chat.conversation import Conversation
from tui.runtime import Runtime
from tui.workspace.archive import Archive
from tui.workspace.open_conversation import OpenConversation


class ConversationFactory:
    """Makes conversations that can be opened: each with a session of its own."""

    def __init__(self, runtime: Runtime, archive: Archive) -> None:
        """Args:
        runtime: Opens the providers.
        archive: Saves the turns.
        """
        self._runtime = runtime
        self._archive = archive

    async def create(
        self,
        provider_name: str,
        model: str = "",
        conversation: Conversation | None = None,
        *,
        is_temporary: bool = False,
    ) -> OpenConversation:
        """Connect a conversation to a provider. It is not open yet.

        Args:
            provider_name: The provider.
            model: The model. Empty for the one used in the conversation, or the provider's usual one.
            conversation: The conversation. None starts a new one.
            is_temporary: Whether it is not saved.

        Raises:
            LlmTuiError: When the provider does not exist, or its settings cannot be used.
        """
        if conversation is not None and conversation.provider == provider_name:
            model = model or conversation.model
        provider = await self._runtime.provider(provider_name)
        # Imported for the first conversation, not for the first paint.
        from tui.session.session import Session

        session = Session(
            provider,
            model,
            conversation,
            send_options=self._runtime.send_options(provider_name),
            find_model=partial(self._runtime.choose_model, provider_name),
            recorder=None if is_temporary else self._archive.recorder,
        )
        return OpenConversation(session, is_temporary)
