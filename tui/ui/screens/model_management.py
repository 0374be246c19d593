"""What can be done with a model besides using it: asks what is needed for that, and starts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from tui.chat.model_info import ModelAction
from tui.errors import LlmTuiError, UsageError
from tui.ui.screens.dialog import ask
from tui.ui.screens.model_forms import LoadScreen, ModelDetailsScreen, PullScreen, copy_screen, delete_screen
from tui.ui.widgets.model_rows import ModelRow
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_entry import ModelEntry
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.target import Target


class ModelManagement:
    """Manages models of servers that can do so. Says of others what they cannot."""

    def __init__(
        self,
        screen: Screen[Any],
        catalog: ModelCatalog,
        jobs: ModelJobs,
        *,
        report: Callable[[LlmTuiError], None],
        on_pull: Callable[[Target], None],
        on_copy: Callable[[Target], None],
        address_of: Callable[[str], str],
        context_length_of: Callable[[str], int],
    ) -> None:
        """Args:
        screen: The dialogs open above it.
        catalog: Knows what the servers can do.
        jobs: Does it.
        report: Shows why something cannot be done.
        on_pull: Called with a model that was named by the user, before it is downloaded.
        on_copy: Called with a copy, before it is made.
        address_of: Returns the address of a provider's server.
        context_length_of: Returns the context length that models of a provider are loaded with. 0 for the server's.
        """
        self._screen = screen
        self._catalog = catalog
        self._jobs = jobs
        self._report = report
        self._on_pull = on_pull
        self._on_copy = on_copy
        self._address_of = address_of
        self._context_length_of = context_length_of

    @property
    def reachable(self) -> list[str]:
        """The providers that answered or are still asked, in their order."""
        return [each.name for each in self._catalog.providers if each.error is None]

    async def can(self, provider: str, action: ModelAction) -> bool:
        """Whether a provider's server can do something. It may be asked for that."""
        try:
            await self._catalog.manager(provider)
        except LlmTuiError:
            return False
        return action in (self._catalog.actions(provider) or ())

    async def show_details(self, target: Target, entry_of: Callable[[], ModelEntry]) -> None:
        """Show all that is known about a model.

        Args:
            target: The model.
            entry_of: Returns what is known. Called when its server was asked.
        """
        await self._catalog.describe(target)
        await ask(self._screen, ModelDetailsScreen(entry_of(), self._address_of(target.provider)))

    async def pull(self, row: ModelRow | None, provider: str, name: str) -> None:
        """Download a model: that of a line again if its download stopped, or another one by its name.

        Args:
            row: The line. None if there is none.
            provider: The provider that is suggested.
            name: The name that is suggested. Empty for none.
        """
        if row is not None and row.job is not None and row.job.action == "pull" and not row.job.is_active:
            self._jobs.pull(row.target)
            return
        able = [each for each in self.reachable if await self.can(each, "pull")]
        if not able:
            await self._is_able(provider, "pull")
            return
        target = await ask(self._screen, PullScreen(able, provider, name))
        if target is not None:
            self._on_pull(target)
            self._jobs.pull(target)

    async def load(self, row: ModelRow) -> None:
        """Load a model into memory."""
        provider = row.target.provider
        if row.entry.info.is_remote:
            text = f"{row.target.model} is a cloud model: it is not loaded on this machine."
            self._report(UsageError(text, hint="It can be used as it is."))
        elif await self._is_able(provider, "load"):
            length = await ask(self._screen, LoadScreen(row.entry.info, self._context_length_of(provider)))
            if length is not None:
                self._jobs.load(row.target, length)

    async def unload(self, row: ModelRow) -> None:
        """Remove a model from memory."""
        if await self._is_able(row.target.provider, "unload"):
            self._jobs.unload(row.target)

    async def copy(self, row: ModelRow) -> None:
        """Give a model another name besides its own."""
        if await self._is_able(row.target.provider, "copy"):
            name = await ask(self._screen, copy_screen(row.entry))
            if name:
                self._on_copy(row.target._replace(model=name))
                self._jobs.copy(row.target, name)

    async def delete(self, row: ModelRow) -> None:
        """Delete a model from the server's disk, if the user agrees."""
        if await self._is_able(row.target.provider, "delete") and await ask(self._screen, delete_screen(row.entry)):
            self._jobs.delete(row.target)

    def stop(self, row: ModelRow) -> None:
        """Stop what is being done with a model, or dismiss what failed."""
        self._jobs.stop(row.target)

    async def _is_able(self, provider: str, action: ModelAction) -> bool:
        """Whether a provider's server can do something. Otherwise shows why not."""
        try:
            await self._jobs.require(provider, action)
        except LlmTuiError as error:
            self._report(error)
            return False
        return True
