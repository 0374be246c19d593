"""Adds, changes, tests and removes providers. What is saved is used at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.config.load import FILE
from tui.config.secret import mask_address
from tui.config.settings import BUILT_IN, ProviderSettings
from tui.config.toml_text import dotted
from tui.light_dataclass import dataclass
from tui.runtime import DEMO, Runtime
from tui.workspace.events import DetailsChanged, Events, ServersFound
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_status import ProviderStatus
from tui.workspace.tasks import StartTask
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.providers.connection_check import CheckStep
    from tui.providers.discovery import FoundServer
    from tui.workspace.provider_form import ProviderForm


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A configured provider, as the list of providers shows it."""

    name: str
    type: str
    address: str
    """Its address, without a password. Empty for the built-in demo."""

    is_enabled: bool
    is_built_in: bool
    """Whether it exists without the config file."""

    status: ProviderStatus


class ProviderEditor:
    """Changes `[providers]`, and owns what was found by the last search for servers."""

    def __init__(
        self,
        runtime: Runtime,
        workspace: Workspace,
        directory: ProviderDirectory,
        events: Events,
        start_task: StartTask,
    ) -> None:
        """Args:
        runtime: Has the settings; tests providers and finds servers.
        workspace: Saves changes, and uses them.
        directory: Knows which providers can be reached.
        events: Told what was found.
        start_task: Starts the probes of changed providers, which may take as long as a connection may take.
        """
        self._runtime = runtime
        self._workspace = workspace
        self._directory = directory
        self._events = events
        self._start_task = start_task
        self._found: tuple[FoundServer, ...] = ()

    # Providers.

    @property
    def rows(self) -> tuple[ProviderRow, ...]:
        """All providers of the config, also those that are disabled, in its order."""
        statuses = {status.name: status for status in self._directory.statuses}
        return tuple(
            ProviderRow(
                name,
                settings.type,
                mask_address(settings.base_url),
                settings.enabled,
                name in BUILT_IN,
                statuses.get(name, ProviderStatus(name)),
            )
            for name, settings in self._runtime.settings.providers.items()
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all providers, also of those that are disabled."""
        return tuple(self._runtime.settings.providers)

    def settings_of(self, name: str) -> ProviderSettings | None:
        """The settings of a provider. None if it does not exist."""
        return self._runtime.settings.providers.get(name)

    def form_of(self, name: str) -> ProviderForm:
        """The form for a provider. Empty if it does not exist."""
        # Imported with the first form, here and below, not before the first paint.
        from tui.workspace.provider_form import ProviderForm, form_of

        settings = self.settings_of(name)
        return ProviderForm() if settings is None else form_of(settings)

    def name_note(self, form: ProviderForm, editing: str = "") -> str:
        """What to know about a form's name and address before it is saved. See `provider_form.name_note`."""
        from tui.workspace.provider_form import name_note

        others = {name: each for name, each in self._runtime.settings.providers.items() if name != editing}
        return name_note(form, others)

    async def save(self, form: ProviderForm, editing: str = "") -> str:
        """Save a provider. Returns its name. Whether it can be reached is known later.

        Args:
            form: The provider.
            editing: The name of the provider that is changed. Empty for a new one.

        Raises:
            LlmTuiError: If a field is invalid, or the file cannot be written.
        """
        from tui.workspace.provider_form import changes_of

        name = form.name.strip()
        changes = changes_of(form, self.settings_of(editing), self.names)
        renamed = {editing: name} if editing not in ("", name) else {}
        if renamed and self._is_saved_as_first(editing):
            changes["provider"] = name
        await self._workspace.change_settings(changes, renamed)
        if renamed:
            self._events.emit(DetailsChanged())
        self._probe(name)
        return name

    async def test(self, form: ProviderForm, editing: str = "") -> AsyncGenerator[CheckStep, None]:
        """Test a provider before it is saved; yields each step.

        Args:
            form: The provider.
            editing: The name of the provider that is changed. Empty for a new one.

        Raises:
            InvalidField: If a field is invalid.
        """
        from tui.workspace.provider_form import settings_of

        async with aclosing(self._runtime.test_provider(settings_of(form, self.settings_of(editing)))) as steps:
            async for step in steps:
                yield step

    async def test_saved(self, name: str) -> AsyncGenerator[CheckStep, None]:
        """Test a provider as it is saved; yields each step. Afterwards it is known whether it can be reached."""
        settings = self.settings_of(name)
        if settings is None:
            return
        async with aclosing(self._runtime.test_provider(settings)) as steps:
            async for step in steps:
                yield step
        if settings.enabled:
            self._probe(name)

    async def set_enabled(self, name: str, *, enabled: bool) -> None:
        """Use a provider again, or no longer. Its settings stay in the file.

        Raises:
            LlmTuiError: If the file cannot be written.
        """
        await self._workspace.change_settings({dotted(("providers", name, "enabled")): None if enabled else False})
        if enabled and name != DEMO:
            self._probe(name)

    async def remove(self, name: str) -> None:
        """Remove a provider from the file. A built-in one is disabled, because it exists without the file.

        Raises:
            LlmTuiError: If the file cannot be written.
        """
        changes: dict[str, object] = {dotted(("providers", name)): None}
        if name in BUILT_IN:
            changes = {dotted(("providers", name, "enabled")): False}
        elif self._is_saved_as_first(name):
            # The provider at start must exist.
            changes["provider"] = None
        await self._workspace.change_settings(changes)

    # Servers that were found.

    @property
    def found(self) -> tuple[FoundServer, ...]:
        """The servers that the last search found."""
        return self._found

    @property
    def offered(self) -> tuple[FoundServer, ...]:
        """The servers that were found and can be added at once: not configured yet, and open without an API key."""
        return tuple(server for server in self.unconfigured if not server.needs_key)

    @property
    def unconfigured(self) -> tuple[FoundServer, ...]:
        """The servers that were found and are not configured yet."""
        return tuple(server for server in self._found if not server.is_configured)

    async def find_servers(self) -> tuple[FoundServer, ...]:
        """Look for servers on this machine."""
        self._found = await self._runtime.find_servers()
        self._events.emit(ServersFound())
        return self._found

    async def add_found(self, server: FoundServer) -> str:
        """Add a server that was found as a provider. Returns the provider's name.

        Raises:
            LlmTuiError: If the file cannot be written.
        """
        if server.is_configured:
            return server.configured_as
        name = await self.save(self.form_for(server), self.provider_for(server))
        self._found = tuple(replace(each, configured_as=name) if each == server else each for each in self._found)
        self._events.emit(ServersFound())
        return name

    async def add_offered(self) -> tuple[str, ...]:
        """Add all servers that are offered. Returns the names of the providers.

        Raises:
            LlmTuiError: If the file cannot be written.
        """
        return tuple([await self.add_found(server) for server in self.offered])

    def form_for(self, server: FoundServer) -> ProviderForm:
        """The form for a server that was found, as it is configured or would be added."""
        from tui.workspace.provider_form import ProviderForm, free_name
        from tui.workspace.provider_presets import name_for

        if server.is_configured:
            return self.form_of(server.configured_as)
        name = self.provider_for(server) or free_name(name_for(server.software), self.names)
        return ProviderForm(name, server.type, server.base_url, "variable" if server.needs_key else "none")

    async def use_in_place_of_demo(self, name: str) -> None:
        """Use a provider in the current conversation if the demo is used there, and nothing was said yet.

        Raises:
            LlmTuiError: If the provider cannot be used.
        """
        current = self._workspace.current
        is_new = current is None or not current.session.conversation.messages
        if is_new and (current is None or self._directory.is_demo(current.session.provider.name)):
            await self._workspace.use_provider(name)

    def _is_saved_as_first(self, name: str) -> bool:
        """Whether the config file names a provider as the one to start with."""
        return self._runtime.settings.provider == name and self._runtime.loaded.origins.get("provider") == FILE

    def _probe(self, name: str) -> None:
        self._start_task(partial(self._directory.probe, name), "probe a provider")

    def provider_for(self, server: FoundServer) -> str:
        """The provider that is edited for a server that was found. Empty if a new one is added.

        That is the one with its address, else the built-in one of its type if the user configured nothing of it and it
        does not answer.
        """
        if server.is_configured:
            return server.configured_as
        statuses = {status.name: status.reachability for status in self._directory.statuses}
        for name, table in BUILT_IN.items():
            if table["type"] == server.type and not self._runtime.is_configured(name):
                return name if statuses.get(name) == "unreachable" else ""
        return ""
