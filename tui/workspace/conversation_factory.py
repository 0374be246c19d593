"""Connects conversations to providers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tui.chat.conversation import Conversation
from tui.errors import LlmTuiError
from tui.runtime import Runtime
from tui.workspace.archive import Archive
from tui.workspace.open_conversation import OpenConversation

if TYPE_CHECKING:
    from tui.providers.base import Provider
    from tui.session.session import SendOptions


class ProviderLink(NamedTuple):
    """What a session needs to talk to a provider."""

    provider: Provider
    send_options: SendOptions

    find_model: Callable[[], Awaitable[str]] | None
    """Names the provider's usual model. None if it cannot be asked."""


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
        link = await self.connect(provider_name)
        # Imported for the first conversation, not for the first paint.
        from tui.session.session import Session

        session = Session(
            link.provider,
            model,
            conversation,
            send_options=link.send_options,
            find_model=link.find_model,
            recorder=None if is_temporary else self._archive.recorder,
        )
        return OpenConversation(session, is_temporary)

    async def create_like(self, other: OpenConversation, *, is_temporary: bool) -> OpenConversation:
        """A new conversation with the provider and the model of another. Like `create`."""
        session = other.session
        return await self.create(session.provider.name, session.model, is_temporary=is_temporary)

    async def connect(self, provider_name: str) -> ProviderLink:
        """What a session needs to talk to a provider.

        Raises:
            LlmTuiError: When the provider does not exist, or its settings cannot be used.
        """
        provider = await self._runtime.provider(provider_name)
        find_model = partial(self._runtime.choose_model, provider_name)
        return ProviderLink(provider, self._runtime.send_options(provider_name), find_model)

    async def links_of(
        self, conversation: OpenConversation, renamed: Mapping[str, str]
    ) -> tuple[ProviderLink, dict[str, Provider]]:
        """What a conversation needs after the settings changed, and the providers of its queue by their old names.

        Args:
            conversation: The conversation.
            renamed: New names of providers by their names of before.
        """
        current, options = conversation.session.provider.name, conversation.session.send_options
        names = {current, *(prompt.settings.provider.name for prompt in conversation.queue if prompt.settings)}
        links = {name: await self._link_or_reason(renamed.get(name, name), options) for name in names}
        return links[current], {name: link.provider for name, link in links.items()}

    async def _link_or_reason(self, provider_name: str, send_options: SendOptions) -> ProviderLink:
        """What a session needs to talk to a provider.

        Args:
            provider_name: The provider. It may be removed, disabled, or have settings that cannot be used: then a
                stand-in says so when it is used.
            send_options: The options in use, which stay if there are no new ones.
        """
        try:
            return await self.connect(provider_name)
        except LlmTuiError as reason:
            from tui.providers.unavailable import UnavailableProvider

            return ProviderLink(UnavailableProvider(provider_name, reason), send_options, None)
