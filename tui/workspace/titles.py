"""Titles that a model makes after the first answer, for users who want them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tui.chat.titles import has_own_title
from tui.errors import StoreError
from tui.workspace.archive import Archive
from tui.workspace.events import ErrorRaised, Events
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.tasks import Running, StartTask


class TitleGenerator:
    """Asks for one title at a time. A new prompt cancels it: no user waits for a title."""

    def __init__(
        self,
        start: StartTask,
        archive: Archive,
        events: Events,
        on_renamed: Callable[[str, str], None],
    ) -> None:
        """Args:
        start: Starts the task.
        archive: Saves the title.
        events: Told when it cannot be saved.
        on_renamed: Called with the id of a conversation and its new title.
        """
        self._start_task = start
        self._archive = archive
        self._events = events
        self._on_renamed = on_renamed
        self._running: Running | None = None

    def cancel(self) -> None:
        """Drop the title that is being made."""
        if self._running is not None:
            self._running.cancel()
            self._running = None

    def consider(self, conversation: OpenConversation) -> None:
        """Make a title when the first answer of a saved conversation has arrived."""
        ended = conversation.session.last_turn
        is_first = len(conversation.session.conversation.path) == 2 and ended is not None and ended.error is None
        if is_first and not conversation.is_temporary and not conversation.is_running:
            self.cancel()
            self._running = self._start_task(partial(self._generate, conversation), "title")

    async def _generate(self, conversation: OpenConversation) -> None:
        session = conversation.session
        if has_own_title(session.conversation):
            return
        title = await session.generate_title()
        # The user may have renamed it meanwhile.
        if not title or has_own_title(session.conversation):
            return
        try:
            await self._archive.rename_if(conversation.id, session.conversation.title, title)
        except StoreError as error:
            self._events.emit(ErrorRaised(error))
        else:
            self._on_renamed(conversation.id, title)
