"""Whole conversations: renamed, deleted, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from textual import on, work

from tui.chat.conversation import Conversation
from tui.runtime import DEMO, Runtime
from tui.ui.desk import Held
from tui.ui.screens.holding import HoldingScreen
from tui.ui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui.session import TurnStream
    from tui.store.conversations import ConversationStore


class _Gone(NamedTuple):
    """A conversation that was deleted."""

    conversation: Conversation
    is_pinned: bool
    is_temporary: bool


class KeepingScreen(HoldingScreen):
    """A conversation among others."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime)
        self._titling: Worker[None] | None = None
        """What asks a model for a title."""
        self._gone: _Gone | None = None
        """The conversation that was deleted last."""

    @on(Sidebar.ConversationMeant)
    @work(group="keep", exclusive=True)
    async def _do_with_conversation(self, message: Sidebar.ConversationMeant) -> None:
        """Do with a conversation what the user means."""
        with self._notices.complaining():
            match message.what:
                case "rename":
                    await self._rename(message.id)
                case "delete":
                    await self._delete_conversation(message.id)
                case "undelete":
                    await self._take_back()
                case "pin":
                    await self._pin(message.id)
            await self.show_conversations()

    async def _rename(self, conversation_id: str) -> None:
        from tui.ui.screens.rename import RenameScreen

        store = self._runtime.conversations
        conversation = await store.call(lambda kept: kept.load_tail(conversation_id, 1))
        title = await self.app.push_screen_wait(RenameScreen(conversation.title))
        if title is None:
            return
        await store.call(lambda kept: kept.rename(conversation_id, title))
        self._note_title(conversation_id, title)

    def _note_title(self, conversation_id: str, title: str) -> None:
        """Have a title known where the conversation is held."""
        if (held := self._desk.find(conversation_id)) is not None:
            held.session.conversation = replace(held.session.conversation, title=title)

    # Titles that a model makes, where the user wants them.

    def _start_turn(self, stream: TurnStream, held: Held | None = None) -> None:
        if self._titling is not None:
            # Whoever asks something is not to wait for a title.
            self._titling.cancel()
        super()._start_turn(stream, held)

    def _end_turn(self, held: Held) -> None:
        super()._end_turn(held)
        ended = held.session.ended
        is_first = len(held.session.conversation.path) == 2 and ended is not None and ended.error is None
        if self._runtime.settings.model_titles and is_first and not held.is_temporary and held.turn is None:
            self._titling = self._make_title(held)

    @work(group="title", exclusive=True)
    async def _make_title(self, held: Held) -> None:
        """Have the model make a better title; the user's own stays."""
        from tui.chat.titles import has_own_title

        if has_own_title(held.session.conversation):
            return
        title = await held.session.generate_title()
        conversation_id, kept_as = held.id, held.session.conversation.title
        if not title or has_own_title(held.session.conversation):
            return

        def rename(kept: ConversationStore) -> None:
            # Another instance may have been first.
            if kept.load_tail(conversation_id, 1).title == kept_as:
                kept.rename(conversation_id, title)

        with self._notices.complaining():
            await self._runtime.conversations.call(rename)
            self._note_title(conversation_id, title)
            await self.show_conversations()

    async def _pin(self, conversation_id: str) -> None:
        """Keep a conversation at the top of the list, or no longer."""
        store = self._runtime.conversations
        is_pinned = conversation_id in {row.id for row in await store.call(lambda kept: kept.pinned())}
        await store.call(lambda kept: kept.set_pinned(conversation_id, pinned=not is_pinned))

    @work(group="keep", exclusive=True)
    async def action_pin_conversation(self) -> None:
        """Keep the conversation on the screen at the top of the list, or no longer."""
        if self._here is None or not self._here.session.conversation.messages:
            self._notices.say("There is nothing to pin yet.")
            return
        with self._notices.complaining():
            await self._pin(self._here.id)
            await self.show_conversations()

    async def _delete_conversation(self, conversation_id: str) -> None:
        store = self._runtime.conversations
        held = self._desk.find(conversation_id)
        if held is not None:
            # It would be kept once more when its answer ends.
            held.lined_up.clear()
            await self._stop_turn(held)
        if held is not None and held.is_temporary:
            gone = _Gone(held.session.conversation, is_pinned=False, is_temporary=True)
        else:
            conversation = await store.call(lambda kept: kept.load(conversation_id))
            is_pinned = conversation_id in {row.id for row in await store.call(lambda kept: kept.pinned())}
            await store.call(lambda kept: kept.delete(conversation_id))
            gone = _Gone(conversation, is_pinned, is_temporary=False)
        self._gone = gone
        if held is not None and held is self._here:
            # What is being written outlives what it was written in.
            written = self._prompt.written
            await self.begin_anew()
            await store.call(lambda kept: kept.set_draft(conversation_id, ""))
            if written:
                self._prompt.give_back(written)
        self._desk.drop(conversation_id)
        title = gone.conversation.title or "a conversation"
        self._notices.say(f"Deleted {title!r}. {self._shown('undelete_conversation')} takes it back.")

    async def _take_back(self) -> None:
        gone, self._gone = self._gone, None
        if gone is None:
            self._notices.say("No conversation was deleted just now.")
            return
        conversation, store = gone.conversation, self._runtime.conversations
        if gone.is_temporary:
            name = conversation.provider if conversation.provider in self._rows else DEMO
            await self.put(await self.make_held(conversation, name, is_temporary=True))
        else:
            await store.call(lambda kept: kept.add(conversation))
            await store.call(lambda kept: kept.set_pinned(conversation.id, pinned=gone.is_pinned))
        self._notices.say(f"Took back {conversation.title or 'a conversation'!r}.")
