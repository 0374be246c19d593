"""Providers by name, each with its connections: created when first used, closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.config.settings import ProviderSettings
from tui.limits import LOOKUP_S

if TYPE_CHECKING:
    from tui.providers.base import Provider
    from tui.providers.options import ProviderOptions
    from tui.runtime.api_keys import ApiKeys

_DEMO_PARALLEL: Final = 16
_NEAR_PARALLEL: Final = 1
"""A model on this machine or network slows down with several answers at once, or is even loaded again for each."""

_REMOTE_PARALLEL: Final = 4


class ProviderPool:
    """Owns the providers, and the ones of earlier settings that may still be streaming an answer."""

    def __init__(self, api_keys: ApiKeys, demo_url: Callable[[], Awaitable[str]], lookup_s: float = LOOKUP_S) -> None:
        """Args:
        api_keys: Finds the API keys.
        demo_url: Returns the address of the demo server, for a provider without an address.
        lookup_s: See `TimeLimits.for_lookups`.
        """
        self._lookup_s = lookup_s
        self._api_keys = api_keys
        self._demo_url = demo_url
        self._providers: dict[str, Provider] = {}
        self._retired: list[Provider] = []
        self._generation = 0
        """How often the providers were retired."""

    async def get(self, settings: ProviderSettings) -> Provider:
        """The provider with the name in the settings. The first call creates it from them.

        Raises:
            ConfigError: If the API key or the address cannot be used.
        """
        name = settings.name
        if name not in self._providers:
            from tui.providers.registry import load_provider, make_provider

            # In a thread, because importing the HTTP library takes long enough to delay key presses.
            await asyncio.to_thread(load_provider, settings.type)
            generation = self._generation
            options = await self.options(settings)
            if generation != self._generation:
                # The settings were changed while a command was asked for the key: the caller still has the old ones.
                provider = make_provider(settings.type, options)
                self._retired.append(provider)
                return provider
            # Another task may have created the provider in the meantime.
            if name not in self._providers:
                self._providers[name] = make_provider(settings.type, options)
        return self._providers[name]

    def retire_all(self) -> None:
        """Create providers anew from the next call on. Answers that are streaming keep their connections."""
        self._generation += 1
        self._retired.extend(self._providers.values())
        self._providers.clear()

    async def aclose(self) -> None:
        """Close all connections."""
        self.retire_all()
        while self._retired:
            await self._retired.pop().aclose()

    async def options(self, settings: ProviderSettings) -> ProviderOptions:
        """The connection settings of a provider, with its API key.

        Raises:
            ConfigError: If the API key or the address cannot be used.
        """
        from tui.providers.options import ProviderOptions

        url = settings.base_url or await self._demo_url()
        buffers = settings.buffers
        return ProviderOptions(
            name=settings.name,
            base_url=url,
            key=await self._api_keys.key_of(settings),
            renew_key=partial(self._api_keys.renew, settings) if self._api_keys.comes_from_command(settings) else None,
            headers=settings.headers,
            verify=settings.verify,
            limits=settings.timeouts,
            lookup_s=self._lookup_s,
            retry=settings.retry,
            read_bytes=buffers.read_bytes,
            max_event_bytes=buffers.max_event_bytes,
            parallel=max_parallel_answers(settings, url),
            keep_alive=settings.keep_alive,
            context_length=settings.context_length,
        )


def max_parallel_answers(settings: ProviderSettings, url: str) -> int:
    """How many answers may stream from a provider at the same time.

    Args:
        settings: The provider's settings; `parallel` other than 0 is used as it is.
        url: The address of the server.
    """
    if settings.parallel:
        return settings.parallel
    if settings.type == "demo":
        return _DEMO_PARALLEL
    from tui.providers.network.address import parse_address

    return _NEAR_PARALLEL if parse_address(url).is_near else _REMOTE_PARALLEL
