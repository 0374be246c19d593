"""Keeps the composer in step with the workspace: drafts, returned prompts, queued prompts, completions."""

from __future__ import annotations

from functools import partial

from textual.screen import Screen

from tui.chat.formatting import truncate
from tui.errors import StoreError
from tui.ui.widgets.composer import Composer
from tui.ui.worker_tasks import start_worker
from tui.workspace.completer import Completer
from tui.workspace.completion import CompletionPrefix
from tui.workspace.events import CurrentChanged, CurrentLeft, ListChanged, PromptReturned, QueueChanged
from tui.workspace.library import Library
from tui.workspace.workspace import Workspace

_MAX_QUEUED_SHOWN = 40
"""Characters of a queued prompt that are shown."""


class ComposerPresenter:
    """Feeds the composer."""

    def __init__(
        self,
        screen: Screen[None],
        workspace: Workspace,
        library: Library,
        completer: Completer,
        composer: Composer,
    ) -> None:
        """Args:
        screen: Has the workers.
        workspace: Has the current conversation.
        library: Knows the earlier prompts.
        completer: Finds completions.
        composer: The composer.
        """
        self._screen = screen
        self._workspace = workspace
        self._library = library
        self._completer = completer
        self._composer = composer

    def complete(self, prefix: CompletionPrefix) -> None:
        """Find and show the candidates for a prefix."""
        start_worker(self._screen, partial(self._show_candidates, prefix), "complete")

    def handle_left(self, _: CurrentLeft) -> None:
        """Another conversation is coming, with a draft of its own."""
        self._composer.clear()

    def handle_returned(self, event: PromptReturned) -> None:
        """A prompt could not be sent, or a draft was saved."""
        self._composer.restore(event.text, event.editing)

    def handle_queue_changed(self, _: QueueChanged | CurrentChanged) -> None:
        """Show the prompts that are queued in the current conversation."""
        current = self._workspace.current
        title = ""
        if current is not None and current.queue:
            first, more = current.queue[0], len(current.queue) - 1
            text = truncate(first.original_text, _MAX_QUEUED_SHOWN)
            title = f"Queued: {text}{f' (+{more})' if more else ''} · ↑ to edit"
        self._composer.show_queue(title)

    def handle_list_changed(self, _: ListChanged) -> None:
        """A prompt may have been sent: it can be recalled from now on."""
        start_worker(self._screen, self._read_earlier_prompts, "prompts")

    async def _read_earlier_prompts(self) -> None:
        try:
            self._composer.set_earlier_prompts(await self._library.earlier_prompts())
        except StoreError:
            # The sidebar reads the same file at the same time, and reports that it cannot.
            return

    async def _show_candidates(self, prefix: CompletionPrefix) -> None:
        self._composer.show_candidates(prefix, await self._completer.candidates(prefix))
