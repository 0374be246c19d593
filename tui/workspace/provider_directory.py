"""Which providers there are, and which can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from tui.errors import LlmTuiError
from tui.runtime import DEMO, ProbeResult, Runtime
from tui.workspace.events import Events, ProvidersChanged
from tui.workspace.provider_status import ProviderStatus, status_from


class ProviderDirectory:
    """Owns the status of each provider."""

    def __init__(self, runtime: Runtime, events: Events) -> None:
        """Args:
        runtime: Opens and probes the providers.
        events: Told when a status changed.
        """
        self.ready = asyncio.Event()
        """Set once the first provider is chosen, or it is known that none can be used."""
        self.fell_back_to_demo = False
        """Whether the demo answers because no other provider did."""
        self._runtime = runtime
        self._events = events
        self._statuses = {name: ProviderStatus(name) for name in runtime.provider_names}

    @property
    def names(self) -> tuple[str, ...]:
        """The providers of the config, in its order, the demo last."""
        return self._runtime.provider_names

    @property
    def statuses(self) -> tuple[ProviderStatus, ...]:
        """The providers with what is known about them."""
        far = {name for name in self.names if self._runtime.is_remote(name)}
        return tuple(replace(status, leaves_machine=status.name in far) for status in self._statuses.values())

    def is_demo(self, name: str) -> bool:
        """Whether a provider is the built-in demo, or another demo server."""
        return self._runtime.is_demo(name)

    async def choose_first(self) -> str:
        """Find the provider to start with: the configured one, else the first that answers, else the demo."""
        name = await self._runtime.choose_provider(self.record)
        self.fell_back_to_demo = name == DEMO and self._runtime.settings.provider != DEMO
        return name

    def set_ready(self) -> None:
        """Prompts can be sent from now on."""
        self.ready.set()

    def chosen_by_user(self) -> None:
        """The user chose a provider, so the demo no longer replaces another one."""
        self.fell_back_to_demo = False

    def record(self, probe: ProbeResult) -> None:
        """Record the result of a probe."""
        self._statuses[probe.name] = status_from(probe)
        self._events.emit(ProvidersChanged())

    def record_error(self, name: str, error: LlmTuiError) -> None:
        """Record that a provider could not be asked for something."""
        self.record(ProbeResult(name, error=error))

    async def probe(self, name: str) -> None:
        """Probe one provider."""
        self.record(await self._runtime.check(name))

    async def probe_all(self) -> None:
        """Probe all providers at once, except the demo, which would be started for that."""
        names = [name for name in self._statuses if not self.is_demo(name)]
        for check in asyncio.as_completed([self._runtime.check(name) for name in names]):
            self.record(await check)

    async def find_model(self, name: str) -> str:
        """The model that a provider usually answers with. Empty when it cannot be asked, which is recorded."""
        try:
            return await self._runtime.choose_model(name)
        except LlmTuiError as error:
            self.record_error(name, error)
            return ""

    def reload(self, renamed: Mapping[str, str] | None = None) -> None:
        """The config was read again: it may have other providers.

        Args:
            renamed: New names of providers by their names of before. What is known about them stays.
        """
        for before, name in (renamed or {}).items():
            if (known := self._statuses.get(before)) is not None:
                self._statuses[name] = replace(known, name=name)
        self._statuses = {name: self._statuses.get(name, ProviderStatus(name)) for name in self._runtime.provider_names}
        self._events.emit(ProvidersChanged())
