"""Whole conversations: renamed, deleted, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from textual import on, work

from tui.chat.conversation import Conversation
from tui.runtime import DEMO, Runtime
from tui.ui.screens.holding import HoldingScreen
from tui.ui.widgets.sidebar import Sidebar


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
        conversation = await store.call(lambda kept: kept.ending(conversation_id, 1))
        title = await self.app.push_screen_wait(RenameScreen(conversation.title))
        if title is None:
            return
        await store.call(lambda kept: kept.rename(conversation_id, title))
        self._note_title(conversation_id, title)

    def _note_title(self, conversation_id: str, title: str) -> None:
        """Have a title known where the conversation is held."""
        if (held := self._desk.find(conversation_id)) is not None:
            held.session.conversation = replace(held.session.conversation, title=title)

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
