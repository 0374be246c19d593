"""Changes open conversations: their path, title, provider, model, settings and tools, and what is saved of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.chat.chunk import JSONValue
from tui.chat.conversation import Conversation, ToolChoice
from tui.workspace.archive import Archive
from tui.workspace.conversation_factory import ProviderLink
from tui.workspace.events import DetailsChanged, Events, ListChanged, PathChanged
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.open_conversations import OpenConversations

if TYPE_CHECKING:
    from tui.providers.base import Provider
    from tui.session.tool_box import Tools


class ConversationEditor:
    """The only writer of sessions between turns. What is saved of a conversation changes with its session."""

    def __init__(self, open_conversations: OpenConversations, archive: Archive, events: Events) -> None:
        """Args:
        open_conversations: Has the sessions.
        archive: Has what is saved.
        events: Told what changed.
        """
        self._open = open_conversations
        self._archive = archive
        self._events = events

    # The messages and the title.

    def show_path(self, open_: OpenConversation, conversation: Conversation, selected: str | None = None) -> None:
        """Continue from another path of the same conversation.

        Args:
            open_: The conversation.
            conversation: Its messages, with another head.
            selected: The message to select. None for none.
        """
        open_.session.replace_conversation(conversation)
        self._archive.post_head(conversation)
        self._events.emit(PathChanged(conversation, selected), DetailsChanged(), ListChanged())

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title, also if it is not open."""
        open_ = self._open.find(conversation_id)
        if open_ is None or not open_.is_temporary:
            await self._archive.rename(conversation_id, title)
        self.show_title(conversation_id, title)

    def show_title(self, conversation_id: str, title: str) -> None:
        """A conversation has another title in the store, or is not saved at all."""
        if (open_ := self._open.find(conversation_id)) is not None:
            session = open_.session
            session.replace_conversation(replace(session.conversation, title=title))
        self._events.emit(DetailsChanged(), ListChanged())

    async def save_temporary(self) -> None:
        """Save the current conversation, which is temporary, from now on."""
        current = self._open.current
        if current is None or not current.is_temporary:
            self._events.notify("Already saved.")
            return
        session = current.session
        so_far = session.conversation.with_message(part) if (part := session.partial_answer) else session.conversation
        # Nothing may be awaited in between: text that arrives from here on is the recorder's.
        session.attach_recorder(self._archive.recorder)
        current.is_temporary = False
        if so_far.messages:
            await self._archive.add(so_far)
        self._events.emit(DetailsChanged(), ListChanged())
        self._events.notify("Conversation saved.")

    def join_compared(self, origin: OpenConversation, chosen: OpenConversation) -> None:
        """Let one of the compared answers continue the conversation; the others become its versions.

        Args:
            origin: The conversation that was compared in.
            chosen: The answer.
        """
        session = chosen.session
        session.replace_conversation(self._open.with_compared(origin, chosen))
        chosen.is_temporary = origin.is_temporary
        if not chosen.is_temporary:
            self._archive.post_head_and_model(session.conversation)

    # What the next turn is sent with.

    def connect(self, conversation: OpenConversation, link: ProviderLink, model: str) -> None:
        """Use another provider from the next turn on.

        Args:
            conversation: The conversation.
            link: The provider.
            model: The model. Empty for the provider's usual one.
        """
        conversation.session.use_provider(link.provider, model, link.send_options, link.find_model)
        self._events.emit(DetailsChanged())

    def reconnect(
        self,
        conversation: OpenConversation,
        link: ProviderLink,
        queued: Mapping[str, Provider],
        renamed: Mapping[str, str],
    ) -> None:
        """Use the same provider with changed settings.

        Args:
            conversation: The conversation.
            link: The provider.
            queued: The providers of queued prompts, by their old names.
            renamed: New names of providers, by their names of before.
        """
        session, saved = conversation.session, conversation.session.conversation
        session.replace_conversation(replace(saved, provider=renamed.get(saved.provider, saved.provider)))
        session.use_provider(link.provider, session.model, link.send_options, link.find_model)
        conversation.reconnect_queue(queued)

    def use_model(self, conversation: OpenConversation, model: str) -> None:
        """Use another model of the same provider, from the next turn on."""
        conversation.session.use_model(model)
        self._events.emit(DetailsChanged())

    def use_tools(self, conversation: OpenConversation, tools: Tools | None, choice: ToolChoice) -> None:
        """Use other tools from the next turn on.

        Args:
            conversation: The conversation.
            tools: The tools. None for no tools.
            choice: Which of them the user chose. Not saved here.
        """
        conversation.session.use_tools(tools, choice)

    def configure(
        self, conversation: OpenConversation, system_prompt: str | None, options: Mapping[str, JSONValue]
    ) -> None:
        """Set a conversation's own system prompt and options, from the next turn on.

        Args:
            conversation: The conversation.
            system_prompt: The system prompt. None for the provider's.
            options: The options. The provider's apply where these set none.
        """
        conversation.session.configure(system_prompt, options)
        if not conversation.is_temporary:
            self._archive.post_settings(conversation.id, system_prompt, options)
        self._events.emit(DetailsChanged())
