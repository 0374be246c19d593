"""Opens the dialogs about providers and servers. Dialogs are imported when they are first opened."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.runtime import Runtime
from tui.ui.notices import Notices
from tui.ui.screens.dialog import ask
from tui.workspace.events import ProvidersChanged
from tui.workspace.provider_editor import ProviderEditor

if TYPE_CHECKING:
    from tui.providers.connection_check import CheckStep
    from tui.providers.discovery import FoundServer
    from tui.ui.screens.providers import ProvidersScreen
    from tui.workspace.provider_form import ProviderForm


class ProviderDialogs:
    """The dialogs about providers. Each method returns when its dialogs are closed."""

    def __init__(self, screen: Screen[None], runtime: Runtime, editor: ProviderEditor, notices: Notices) -> None:
        """Args:
        screen: The dialogs open above it.
        runtime: Knows the config file.
        editor: Does what was decided.
        notices: Shows what was done.
        """
        self._screen = screen
        self._runtime = runtime
        self._editor = editor
        self._notices = notices
        self._listed: ProvidersScreen | None = None
        """The list of providers. None while it is not open."""

    def handle_providers_changed(self, _: ProvidersChanged) -> None:
        """A provider was probed: the list shows it."""
        if self._listed is not None and self._listed.is_mounted:
            self._listed.refresh_rows()

    async def providers(self) -> None:
        """List the providers, and add, edit, test, disable or remove some."""
        from tui.ui.screens.providers import ProvidersScreen

        at = ""
        while True:
            listed = ProvidersScreen(
                lambda: self._editor.rows,
                at,
                self._editor.test_saved,
                lambda name, enabled: self._editor.set_enabled(name, enabled=enabled),
                self._editor.remove,
            )
            self._listed = listed
            try:
                wanted = await ask(self._screen, listed)
            finally:
                self._listed = None
            if wanted is None:
                return
            if wanted.action == "find":
                await self.find_servers()
                return
            editing = wanted.name if wanted.action == "edit" else ""
            at = await self._edit(self._editor.form_of(editing), editing) or wanted.name

    async def find_servers(self) -> None:
        """Look for servers on this machine, and add some."""
        from tui.providers.discovery import START_COMMANDS
        from tui.ui.screens.find_servers import FindServersScreen

        while True:
            search = FindServersScreen(self._editor.find_servers, self._add, lambda: self._editor.found, START_COMMANDS)
            chosen = await ask(self._screen, search)
            if chosen is None:
                return
            name = await self._edit(self._editor.form_for(chosen), self._editor.provider_for(chosen))
            if name is not None and not chosen.is_configured:
                await self._editor.use_in_place_of_demo(name)
                return

    async def add_offered(self) -> None:
        """Add all servers that were found and need no key."""
        names = await self._editor.add_offered()
        if not names:
            self._notices.notify("Nothing new was found. /servers looks again.")
            return
        await self._editor.use_in_place_of_demo(names[0])
        them = "it" if len(names) == 1 else "them"
        self._notices.notify(f"Added {', '.join(names)}. /providers changes or removes {them}.")

    async def _add(self, server: FoundServer) -> str:
        name = await self._editor.add_found(server)
        await self._editor.use_in_place_of_demo(name)
        return name

    async def _edit(self, form: ProviderForm, editing: str) -> str | None:
        from tui.ui.screens.provider_editor import ProviderEditorScreen

        async def save(changed: ProviderForm) -> str:
            return await self._editor.save(changed, editing)

        def test(changed: ProviderForm) -> AsyncGenerator[CheckStep, None]:
            return self._editor.test(changed, editing)

        screen = ProviderEditorScreen(
            form,
            editing,
            self._editor.names,
            str(self._runtime.loaded.path),
            lambda changed: self._editor.name_note(changed, editing),
            test,
            save,
        )
        return await ask(self._screen, screen)
