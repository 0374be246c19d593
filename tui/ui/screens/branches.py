"""Branches of a conversation: prompts edited, answers given again, versions chosen, forks, and what is deleted."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from tui.chat.conversation import Conversation
from tui.runtime import Runtime
from tui.ui.desk import Prompt
from tui.ui.screens.providers import ProvidersScreen
from tui.ui.widgets.message_log import MessageLog

if TYPE_CHECKING:
    from tui.session import Session


class BranchesScreen(ProvidersScreen):
    """A conversation that is a tree. Nothing in it is overwritten: another version stands beside the one before."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime)
        self._editing: str | None = None
        """The prompt that is being edited, by its id."""
        self._draft = ""
        """What was written before it was."""
        self._deleted: Conversation | None = None
        """The conversation as it was before something of it was deleted."""

    async def hold(self, conversation: Conversation) -> None:
        """Hold another conversation with the provider and model at hand."""
        raise NotImplementedError

    def show(self, conversation: Conversation) -> None:
        """Show a conversation."""
        raise NotImplementedError

    @on(MessageLog.Meant)
    async def _do(self, message: MessageLog.Meant) -> None:
        """Do with a message what the user means."""
        if self._turn is not None:
            self.say_it_is_coming()
        elif (session := self._session) is not None and message.id in session.conversation.messages:
            match message.what:
                case "edit":
                    self._edit(session, message.id)
                case "regenerate":
                    self._regenerate_there(session, message.id)
                case "version before":
                    self._show_version(session, message.id, -1)
                case "version after":
                    self._show_version(session, message.id, 1)
                case "fork":
                    await self._fork(session, message.id)
                case "delete":
                    await self._delete(session, message.id)
                case "undelete":
                    await self._undelete(session)
        elif self._session is not None and message.what == "undelete":
            await self._undelete(self._session)

    def action_edit_message(self) -> None:
        """Edit the selected prompt; the last one when none is."""
        self._log.action_mean("edit")

    def action_previous_version(self) -> None:
        """Go to the version before."""
        self._log.action_mean("version before")

    def action_next_version(self) -> None:
        """Go to the version after."""
        self._log.action_mean("version after")

    def action_fork(self) -> None:
        """Fork a conversation from the selected message."""
        self._log.action_mean("fork")

    def action_delete_message(self) -> None:
        """Delete the selected message, and what followed it."""
        if self._log.selected is None:
            self._notices.say(
                f"{self._shown('next_area')} and {self._shown('select_previous')} select a message to delete."
            )
        self._log.action_mean("delete")

    def action_undelete(self) -> None:
        """Take back what was deleted."""
        self._log.action_mean("undelete")

    # Editing.

    def _edit(self, session: Session, message_id: str) -> None:
        """Put a prompt into the prompt box, to be sent in its own place."""
        asked = session.conversation.messages[message_id]
        if asked.role != "user":
            asked = session.conversation.messages[asked.parent_id or asked.id]
        if self._editing is None:
            self._draft = self._prompt.written
        self._editing = asked.id
        self._prompt.write(asked.content)
        self.show_lined_up()
        self._prompt.focus()

    @property
    def is_editing(self) -> bool:
        """Whether what is being written is a prompt that was sent before."""
        return self._editing is not None

    def stop_editing(self) -> bool:
        """Leave a prompt as it was, and put back what was written before. Gives whether one was being edited."""
        edited, self._editing = self._editing, None
        if edited is not None:
            self.show_lined_up()
            self._prompt.write(self._draft)
        return edited is not None

    def send_edited(self, prompt: Prompt) -> bool:
        """Send a prompt in the place of the one that is being edited. Gives whether one was."""
        edited, session = self._editing, self._session
        if edited is None or session is None or edited not in session.conversation.messages:
            return False
        if self._turn is not None:
            self._prompt.give_back(prompt.again)
            self.say_it_is_coming()
            return True
        self.stop_editing()
        self._start_turn(session.edit(edited, prompt.text, prompt.images))
        return True

    # Versions.

    def _regenerate_there(self, session: Session, message_id: str) -> None:
        """Give an answer again, where it stands."""
        if stream := session.regenerate(message_id):
            self._start_turn(stream)

    def _show_version(self, session: Session, message_id: str, by: int) -> None:
        """Go on from another version of a message."""
        versions = [version.id for version in session.conversation.siblings(message_id)]
        at = versions.index(message_id) + by
        if 0 <= at < len(versions):
            self._go_to(session, session.conversation.through(versions[at]), versions[at])

    # Forks, and what is deleted.

    async def _fork(self, session: Session, message_id: str) -> None:
        """Begin a conversation of its own that has everything up to a message."""
        fork = session.conversation.forked(message_id, lambda: secrets.token_hex(12), time.time())
        with self._notices.complaining():
            await self._runtime.conversations.call(lambda kept: kept.add(fork))
            await self.hold(fork)
            self._notices.say("Forked: this is a conversation of its own now.")

    async def _delete(self, session: Session, message_id: str) -> None:
        """Delete a message and what followed it. It can be taken back until something else is deleted."""
        before = session.conversation
        left = before.without(message_id)
        gone = [id_ for id_ in before.messages if id_ not in left.messages]
        with self._notices.complaining():
            await self._runtime.conversations.call(lambda kept: kept.delete_messages(left, gone))
            self._deleted = before
            self._go_to(session, left)
            count = "a message" if len(gone) == 1 else f"{len(gone)} messages"
            self._notices.say(f"Deleted {count}. {self._shown('undelete')} in the conversation takes it back.")

    async def _undelete(self, session: Session) -> None:
        """Take back what was deleted last."""
        before = self._deleted
        if before is None or before.id != session.conversation.id:
            self._notices.say("Nothing of this conversation was deleted just now.")
            return
        whole = replace(before, messages={**before.messages, **session.conversation.messages})
        with self._notices.complaining():
            await self._runtime.conversations.call(lambda kept: kept.add(whole))
            self._deleted = None
            self._go_to(session, whole)

    # The inside.

    def _go_to(self, session: Session, conversation: Conversation, selected: str | None = None) -> None:
        """Show and hold another path of the same conversation."""
        session.conversation = conversation
        self._runtime.conversations.post(lambda kept: kept.set_head(conversation.id, conversation.head_id))
        self.show(conversation)
        if selected is not None:
            self._log.select(selected)
        self.after_turn()
