"""Unsent text: where it is, and when it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from tui.errors import StoreError
from tui.workspace.archive import Archive
from tui.workspace.events import ErrorRaised, Events
from tui.workspace.library import Library
from tui.workspace.open_conversation import OpenConversation

DELAY_S: Final = 0.5
"""How long after the last key the draft is saved, in seconds."""


class DraftSaver:
    """Knows the unsent text of each open conversation, and saves it a moment after the last key."""

    def __init__(
        self,
        archive: Archive,
        library: Library,
        events: Events,
        current: Callable[[], OpenConversation | None],
        composer_text: Callable[[], str],
    ) -> None:
        """Args:
        archive: Saves the drafts.
        library: Reads the saved drafts.
        events: Told what cannot be read.
        current: Returns the current conversation, whose draft is in the composer.
        composer_text: Returns the text in the composer.
        """
        self._archive = archive
        self._library = library
        self._events = events
        self._current = current
        self._composer_text = composer_text
        self._timer: asyncio.TimerHandle | None = None

    def text_of(self, conversation: OpenConversation) -> str:
        """The unsent text of a conversation."""
        return self._composer_text() if conversation is self._current() else conversation.draft

    async def load(self, conversation: OpenConversation) -> str:
        """The unsent text of a conversation that becomes the current one. Empty when there is none."""
        if conversation.draft or conversation.is_temporary:
            return conversation.draft
        try:
            return await self._library.draft(conversation.draft_key)
        except StoreError as error:
            self._events.emit(ErrorRaised(error))
            return ""

    def save(self, conversation: OpenConversation, text: str) -> None:
        """Save unsent text together with the queued prompts, which are not sent either."""
        if not conversation.is_temporary:
            unsent = [*(prompt.original_text for prompt in conversation.queue), *([text] if text else [])]
            self._archive.post_draft(conversation.draft_key, "\n".join(unsent))

    def save_soon(self) -> None:
        """The text in the composer changed: save it when no other key follows soon."""
        self.cancel()
        if self._current() is not None:
            self._timer = asyncio.get_running_loop().call_later(DELAY_S, self._save_current)

    def save_at_exit(self, waiting: Sequence[str], loading_key: str) -> None:
        """Save the unsent text for the last time.

        Args:
            waiting: Texts that were submitted and not handled, in order.
            loading_key: Where to save it while no conversation is current: see `OpenConversation.draft_key`.
        """
        self.cancel()
        current = self._current()
        unrecorded = () if current is None else current.unrecorded
        text = "\n".join(filter(None, [*unrecorded, *waiting, self._composer_text()]))
        if current is not None:
            if not current.is_temporary:
                self._archive.post_draft(current.draft_key, text)
        elif text:
            # The saved draft is not in the composer yet.
            self._archive.post_draft_addition(loading_key, text)

    def cancel(self) -> None:
        """Do not save later: the caller saves now, or the text was sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _save_current(self) -> None:
        self._timer = None
        if (current := self._current()) is not None:
            self.save(current, self._composer_text())
