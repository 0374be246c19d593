"""Notifies the user, who looks at something else, when an answer ends or waits for a decision."""

from __future__ import annotations

from collections.abc import Callable

from tui.workspace.events import Events, ToolQuestionsChanged, TurnFinished
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.workspace import Workspace


class AttentionPresenter:
    """Says in a notification what happened in which conversation: its title, and nothing of its text."""

    def __init__(self, workspace: Workspace, events: Events, notify: Callable[[str], None]) -> None:
        """Args:
        workspace: Has the conversations.
        events: Tell what happened.
        notify: Notifies the user, unless the terminal has the focus.
        """
        self._workspace = workspace
        self._notify = notify
        self._asking: set[str] = set()
        """The conversations that wait for a decision, by their ids."""
        events.subscribe(TurnFinished, self._handle_finished)
        events.subscribe(ToolQuestionsChanged, self._handle_questions_changed)

    def _handle_finished(self, event: TurnFinished) -> None:
        """A turn is over."""
        error = event.ended.error
        if error is None:
            self._say(event.conversation, "is answered")
        elif error.kind != "cancelled":
            self._say(event.conversation, "failed")

    def _handle_questions_changed(self, event: ToolQuestionsChanged) -> None:
        """A conversation waits for a decision, or no longer does."""
        asking = {each.id: each for each in self._workspace.running if self._workspace.tools.waits_for_user(each)}
        if event.conversation_id in asking.keys() - self._asking:
            self._say(asking[event.conversation_id], "asks to run a tool")
        self._asking = set(asking)

    def _say(self, conversation: OpenConversation, what: str) -> None:
        title = conversation.session.conversation.title or "A conversation"
        self._notify(f"{title} {what}")
