"""Whole conversations: renamed, deleted, and taken back."""

from __future__ import annotations

from dataclasses import replace

from textual import on, work

from tui.chat.conversation import Conversation
from tui.runtime import Runtime
from tui.ui.screens.branches import BranchesScreen
from tui.ui.widgets.sidebar import Sidebar


class KeepingScreen(BranchesScreen):
    """A conversation among others."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime)
        self._gone: Conversation | None = None
        """The conversation that was deleted last."""

    async def begin_anew(self) -> None:
        """Hold a new conversation with the provider and model at hand."""
        raise NotImplementedError

    async def show_conversations(self) -> None:
        """Show which conversations there are."""
        raise NotImplementedError

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
            await self.show_conversations()

    async def _rename(self, conversation_id: str) -> None:
        from tui.ui.screens.rename import RenameScreen

        store = self._runtime.conversations
        conversation = await store.call(lambda kept: kept.ending(conversation_id, 1))
        title = await self.app.push_screen_wait(RenameScreen(conversation.title))
        if title is None:
            return
        await store.call(lambda kept: kept.rename(conversation_id, title))
        if (session := self._session) is not None and session.conversation.id == conversation_id:
            session.conversation = replace(session.conversation, title=title)

    async def _delete_conversation(self, conversation_id: str) -> None:
        store = self._runtime.conversations
        is_held = self._session is not None and self._session.conversation.id == conversation_id
        if is_held:
            # It would be kept once more when its answer ends.
            await self._stop_turn()
        gone = await store.call(lambda kept: kept.load(conversation_id))
        await store.call(lambda kept: kept.delete(conversation_id))
        self._gone = gone
        if is_held:
            await self.begin_anew()
        self._notices.say(
            f"Deleted {gone.title or 'a conversation'!r}. {self._shown('undelete_conversation')} takes it back."
        )

    async def _take_back(self) -> None:
        gone, self._gone = self._gone, None
        if gone is None:
            self._notices.say("No conversation was deleted just now.")
            return
        await self._runtime.conversations.call(lambda kept: kept.add(gone))
        self._notices.say(f"Took back {gone.title or 'a conversation'!r}.")
