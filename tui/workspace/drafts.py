"""Unsent text: where it is, and when it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tui.workspace.archive import Archive
from tui.workspace.open_conversation import OpenConversation

DELAY_S: Final = 0.5
"""How long after the last key the draft is saved, in seconds."""


class DraftSaver:
    """Knows the unsent text of each open conversation, and saves it a moment after the last key."""

    def __init__(
        self,
        archive: Archive,
        current: Callable[[], OpenConversation | None],
        composer_text: Callable[[], str],
    ) -> None:
        """Args:
        archive: Saves the drafts.
        current: Returns the current conversation, whose draft is in the composer.
        composer_text: Returns the text in the composer.
        """
        self._archive = archive
        self._current = current
        self._composer_text = composer_text
        self._timer: asyncio.TimerHandle | None = None

    def text_of(self, conversation: OpenConversation) -> str:
        """The unsent text of a conversation."""
        return self._composer_text() if conversation is self._current() else conversation.draft

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

    def save_now(self) -> None:
        """Save the draft immediately if a save is pending."""
        if self._timer is not None:
            self.cancel()
            self._save_current()

    def cancel(self) -> None:
        """Do not save later: the caller saves now, or the text was sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _save_current(self) -> None:
        self._timer = None
        if (current := self._current()) is not None:
            self.save(current, self._composer_text())
