"""Does what the user asks for in the log: edit, regenerate, other versions, fork, delete."""

from __future__ import annotations

from functools import partial

from tui.chat.conversation import Conversation
from tui.ui.notices import Notices
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.message_log import MessageLog
from tui.ui.worker_tasks import StartWork
from tui.workspace.workspace import Workspace


class MessageRequests:
    """Applies requests to the messages of the current conversation, while no answer streams in it."""

    def __init__(self, workspace: Workspace, composer: Composer, notices: Notices, start: StartWork) -> None:
        """Args:
        workspace: Changed.
        composer: Gets prompts to edit.
        notices: Shows what is missing.
        start: Starts what waits.
        """
        self._workspace = workspace
        self._composer = composer
        self._notices = notices
        self._start = start

    def edit(self, message: MessageLog.EditRequested) -> None:
        """Put a prompt into the composer, to be sent again in its place."""
        if (conversation := self._conversation_with(message.message_id)) is not None:
            asked = conversation.messages[message.message_id]
            # Between a prompt and the answer may be tool calls and their results.
            while asked.role != "user" and asked.parent_id is not None:
                asked = conversation.messages[asked.parent_id]
            self._composer.start_editing(asked.id, asked.content)

    def regenerate(self, message: MessageLog.RegenerateRequested) -> None:
        """Ask for another answer."""
        current = self._workspace.current
        if current is not None and self._conversation_with(message.message_id) is not None:
            self._workspace.turns.regenerate(current, message.message_id)

    def show_version(self, message: MessageLog.VersionRequested) -> None:
        """Go to another version of a message."""
        if self._conversation_with(message.message_id) is not None:
            self._workspace.show_version(message.message_id, message.by)

    def fork(self, message: MessageLog.ForkRequested) -> None:
        """Fork the conversation."""
        if self._conversation_with(message.message_id) is not None:
            self._start(partial(self._workspace.fork, message.message_id), "manage")

    def delete(self, message: MessageLog.DeleteRequested) -> None:
        """Delete a message and everything after it."""
        if message.message_id is None:
            keys = self._workspace.keys
            self._notices.notify(
                f"Select a message first ({keys.label('next_area')}, then {keys.label('select_previous')})."
            )
        elif self._conversation_with(message.message_id) is not None:
            self._start(partial(self._workspace.deletions.delete_message, message.message_id), "manage")

    def undo_delete(self) -> None:
        """Restore deleted messages."""
        self._start(self._workspace.deletions.undo_delete_message, "manage")

    def _conversation_with(self, message_id: str) -> Conversation | None:
        """The current conversation, if it has a message and no answer is streaming. Otherwise shows a notice."""
        current = self._workspace.turns.idle_current()
        conversation = None if current is None else current.session.conversation
        return conversation if conversation is not None and message_id in conversation.messages else None
