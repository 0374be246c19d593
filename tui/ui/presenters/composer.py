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
from tui.workspace.events import (
    CurrentChanged,
    CurrentLeft,
    DetailsChanged,
    ListChanged,
    PromptReturned,
    QueueChanged,
    SubmissionsWaiting,
)
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
        self._waiting: tuple[str, ...] = ()
        """What waits for a server, as typed."""

    def complete(self, prefix: CompletionPrefix) -> None:
        """Find and show the candidates for a prefix."""
        start_worker(self._screen, partial(self._show_candidates, prefix), "complete")

    def handle_left(self, _: CurrentLeft) -> None:
        """Another conversation is coming, with a draft of its own."""
        self._composer.clear()

    def handle_returned(self, event: PromptReturned) -> None:
        """A prompt could not be sent, or a draft was saved."""
        self._composer.restore(event.text, event.editing)

    def handle_queue_changed(self, _: QueueChanged | CurrentChanged | DetailsChanged) -> None:
        """Show the prompts that are queued in the current conversation."""
        self._show_queue()

    def handle_waiting(self, event: SubmissionsWaiting) -> None:
        """Show what waits for a server."""
        self._waiting = event.texts
        self._show_queue()

    def _show_queue(self) -> None:
        current = self._workspace.current
        queued = () if current is None else tuple(current.queue)
        texts = [*(prompt.original_text for prompt in queued), *self._waiting]
        title = ""
        if texts:
            settings = queued[0].settings if queued else None
            is_other = current is not None and settings is not None and settings.model != current.session.model
            model = f" for {settings.model}" if is_other and settings is not None and settings.model else ""
            text, more = truncate(texts[0], _MAX_QUEUED_SHOWN), len(texts) - 1
            title = f"Queued{model}: {text}{f' (+{more})' if more else ''} · ↑ to edit"
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
