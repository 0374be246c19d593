"""The models of all providers: asked for at once, merged as they arrive, in an order that does not change by itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from tui.errors import LlmTuiError
from tui.light_dataclass import dataclass
from tui.runtime import Runtime
from tui.workspace.archive import Archive
from tui.workspace.events import ErrorRaised, Events, ModelsChanged
from tui.workspace.library import Library
from tui.workspace.model_entry import CANNOT_CHAT, FAVOURITES, RECENT, ModelEntry, name_order
from tui.workspace.model_search import find_models
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.target import Target

if TYPE_CHECKING:
    from tui.chat.model_info import ModelAction, ModelInfo
    from tui.providers.base import ModelManager, Provider

MAX_RECENT: Final = 5
"""Models in the group of recent ones."""

_CLOUD_SUFFIXES: Final = ("-cloud", ":cloud")
"""Ends of the names of Ollama's cloud models. Source: https://docs.ollama.com/cloud"""


@dataclass(slots=True)
class _Listing:
    """What one provider answered."""

    models: tuple[ModelInfo, ...] = ()
    error: LlmTuiError | None = None
    is_asking: bool = False
    is_listed: bool = False
    """Whether it listed its models, perhaps some time ago."""
    lists_details: bool = True
    """Whether the list has all that the server tells about its models."""


@dataclass(frozen=True, slots=True)
class ProviderModels:
    """A provider, and whether it listed its models."""

    name: str

    is_asking: bool = False
    """Whether it is being asked now."""

    error: LlmTuiError | None = None
    """Why it did not list them the last time. None if it did."""


class ModelCatalog:
    """Owns the models that the providers listed, their details, and the favourites.

    A model is known by its provider and its name. The order is: favourites as they were marked, recent models, then
    each provider's in the order of the config, by name; what may not chat is last. Whether a model is in memory does
    not change the order.
    """

    def __init__(self, runtime: Runtime, directory: ProviderDirectory, library: Library, events: Events) -> None:
        """Args:
        runtime: Has the providers.
        directory: Knows which providers there are, and which can be reached.
        library: Knows the favourites, and which models conversations used.
        events: Told what changed.
        """
        self._runtime = runtime
        self._directory = directory
        self._library = library
        self._archive = Archive(runtime)
        self._events = events
        self._listings: dict[str, _Listing] = {}
        self._details: dict[Target, ModelInfo] = {}
        self._asking: defaultdict[Target, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Held while a server is asked about a model, so that it is asked once."""
        self._managers: dict[str, tuple[Provider, ModelManager | None]] = {}
        """What manages the models of each provider, and the provider that it belongs to."""
        self._favourites: tuple[Target, ...] = ()
        self._recent: tuple[Target, ...] = ()
        self._entries: tuple[ModelEntry, ...] | None = None
        """The models in their order. None while that has to be worked out again."""

    # What is known.

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """All known models in their order, each once."""
        if self._entries is None:
            self._entries = tuple(self._ordered())
        return self._entries

    @property
    def providers(self) -> tuple[ProviderModels, ...]:
        """The providers that were asked, in the order of the config."""
        return tuple(
            ProviderModels(name, listing.is_asking, listing.error)
            for name in self._directory.names
            if (listing := self._listings.get(name)) is not None
        )

    @property
    def is_asking(self) -> bool:
        """Whether the answer of a provider is still awaited."""
        return any(listing.is_asking for listing in self._listings.values())

    def names_of(self, provider: str) -> tuple[str, ...]:
        """The names of the models that a provider listed last, in its order."""
        listing = self._listings.get(provider)
        return () if listing is None else tuple(model.name for model in listing.models)

    def info(self, target: Target) -> ModelInfo | None:
        """What is known about a model. None if it was neither listed nor described."""
        listing = self._listings.get(target.provider)
        models = () if listing is None else listing.models
        listed = next((model for model in models if model.name == target.model), None)
        described = self._details.get(target)
        if listed is None or described is None:
            return listed or described
        from tui.chat.model_info import with_details

        return with_details(listed, described)

    def is_listed(self, target: Target) -> bool | None:
        """Whether a model is in the list of its server. None while the server has not listed its models."""
        listing = self._listings.get(target.provider)
        if listing is None or not listing.is_listed:
            return None
        return any(model.name == target.model for model in listing.models)

    def leaves_machine(self, target: Target) -> bool:
        """Whether prompts to a model leave this machine and its network."""
        if self._is_remote(target.provider):
            return True
        info = self.info(target)
        if info is not None:
            return info.is_remote
        settings = self._runtime.settings.providers.get(target.provider)
        # Until the server has listed it, its name tells.
        return settings is not None and settings.type == "ollama" and target.model.endswith(_CLOUD_SUFFIXES)

    def unlisted(self, target: Target) -> ModelEntry:
        """The entry of a model that `entries` does not have."""
        from tui.chat.model_info import ModelInfo

        return ModelEntry(
            target,
            self.info(target) or ModelInfo(target.model),
            "",
            leaves_machine=self.leaves_machine(target),
            is_listed=self.is_listed(target),
        )

    def actions(self, provider: str) -> frozenset[ModelAction] | None:
        """What can be done with the models of a provider. None while that is not known."""
        if (known := self._managers.get(provider)) is None:
            return None
        return frozenset() if known[1] is None else known[1].actions

    @property
    def undetailed(self) -> list[Target]:
        """The models whose context or abilities are unknown, and whose server can be asked for them.

        Those that run on another machine are left out, so that asking for all of them stays on this one.
        """
        return [
            entry.target
            for entry in self.entries
            if entry.is_listed
            and not self._listings[entry.target.provider].lists_details
            and entry.target not in self._details
            and not entry.info.is_remote
            and not (entry.info.context_length and entry.info.capabilities)
        ]

    # Asking.

    async def refresh(self, current: str = "") -> None:
        """Ask all providers at once. Returns when each has answered or failed; each answer is reported as it arrives.

        Args:
            current: The provider in use, which is asked even if it is a demo.
        """
        names = [name for name in self._directory.names if self._is_worth_asking(name, current)]
        self._listings = {name: self._listings.get(name, _Listing()) for name in names}
        for listing in self._listings.values():
            listing.is_asking = True
        self._changed()
        await asyncio.gather(self._load_marks(), *map(self._list, names))

    async def refresh_provider(self, name: str) -> None:
        """Ask one provider again. Errors are recorded, not raised."""
        self._listings.setdefault(name, _Listing()).is_asking = True
        await self._list(name)

    async def refresh_others(self, current: str) -> None:
        """Ask all providers but the one in use."""
        names = [name for name in self._directory.names if name != current and self._is_worth_asking(name, current)]
        await asyncio.gather(*map(self.refresh_provider, names))

    async def find(self, wanted: str, current: str) -> tuple[Target, ...]:
        """The models that a text means, over all providers. See `find_models`.

        The other providers are only asked if the one in use has no model of exactly this name, and a demo only if the
        text names it, as in `demo/guide`. Where it lists nothing
        at all, the text is a name: some servers list a model only once it was used.

        Args:
            wanted: What the user typed.
            current: The provider in use.

        Raises:
            LlmTuiError: If the provider in use cannot be asked, and no other has such a model.
        """
        await self.refresh_provider(current)
        listing = self._listings[current]
        if wanted not in self.names_of(current):
            await asyncio.gather(self.refresh_others(current), self._ask_named_demo(wanted, current))
        known = [name for name in self._directory.names if name in self._listings]
        found = find_models(wanted, current, {name: self.names_of(name) for name in known})
        if not found and listing.error is not None:
            raise listing.error
        if not found and not listing.models:
            return (Target(current, wanted),)
        return found

    async def describe(self, target: Target) -> ModelInfo:
        """All that the server tells about a model; what is known already if it cannot be asked. Loads nothing."""
        from tui.chat.model_info import ModelInfo

        known = self.info(target) or ModelInfo(target.model)
        try:
            provider = await self._runtime.provider(target.provider)
            if provider.lists_details and self.info(target) is not None:
                return known
        except LlmTuiError:
            return known
        if target not in self._details and await self.add_details(target):
            self.report()
        return self.info(target) or known

    async def add_details(self, target: Target) -> bool:
        """Ask the server for the details of a model, without a report. Returns whether it told them. Loads nothing."""
        async with self._asking[target]:
            if target in self._details:
                return True
            try:
                provider = await self._runtime.provider(target.provider)
                self._details[target] = await provider.describe_model(target.model)
            except LlmTuiError:
                # The list has said what can be said; an error that matters appears when the model is used.
                return False
        self._entries = None
        return True

    def report(self) -> None:
        """Report that models changed."""
        self._events.emit(ModelsChanged())

    async def manager(self, provider: str) -> ModelManager | None:
        """What manages the models of a provider. None if its server cannot.

        Raises:
            LlmTuiError: If the provider cannot be asked.
        """
        server = await self._runtime.provider(provider)
        known = self._managers.get(provider)
        # After changed settings, it is another object with another connection.
        if known is None or known[0] is not server:
            known = self._managers[provider] = (server, await server.model_manager())
            self._events.emit(ModelsChanged())
        return known[1]

    # Favourites.

    def is_favourite(self, target: Target) -> bool:
        """Whether the user marked a model as a favourite."""
        return target in self._favourites

    def toggle_favourite(self, target: Target) -> None:
        """Mark a model as a favourite, or no longer."""
        favourite = not self.is_favourite(target)
        others = tuple(other for other in self._favourites if other != target)
        self._favourites = (*others, target) if favourite else others
        self._archive.post_favourite(target, favourite=favourite)
        self._changed()

    async def _ask_named_demo(self, wanted: str, current: str) -> None:
        """Ask the demo whose name stands before that of the model, as in `demo/guide`: only then is it meant."""
        name = wanted.partition("/")[0]
        if name != current and name in self._directory.names and self._directory.is_demo(name):
            await self.refresh_provider(name)

    def _is_worth_asking(self, name: str, current: str) -> bool:
        """A demo is only listed while it is in use: it would be started for that, and a user has better models."""
        return name == current or not self._directory.is_demo(name)

    def _is_remote(self, provider: str) -> bool:
        # A conversation may name a provider that is no longer configured.
        return provider in self._runtime.provider_names and self._runtime.is_remote(provider)

    async def _load_marks(self) -> None:
        try:
            self._favourites = await self._library.favourite_models()
            self._recent = await self._library.recent_models(MAX_RECENT)
        except LlmTuiError as error:
            self._events.emit(ErrorRaised(error))
        self._changed()

    async def _list(self, name: str) -> None:
        listing = self._listings[name]
        try:
            models = await self._runtime.list_models(name)
        except LlmTuiError as error:
            listing.models, listing.error, listing.is_listed = (), error, False
        else:
            # Some servers list a model twice.
            listing.models = tuple({model.name: model for model in models if model.name}.values())
            listing.error, listing.is_listed = None, True
            listing.lists_details = (await self._runtime.provider(name)).lists_details
        finally:
            listing.is_asking = False
            self._changed()

    def _changed(self) -> None:
        self._entries = None
        self.report()

    # The order.

    def _ordered(self) -> Iterator[ModelEntry]:
        # Imported with the first list, not before the first paint.
        from tui.chat.model_info import ModelInfo, with_details

        listed = {
            Target(name, info.name): info
            for name in self._directory.names
            if (listing := self._listings.get(name)) is not None
            for info in sorted(listing.models, key=lambda model: name_order(model.name))
        }
        favourites = [target for target in self._favourites if target.provider in self._listings]
        # A recent model that its server no longer lists is deleted. A favourite stays: not every server lists all.
        recent = [
            target
            for target in self._recent
            if (target in listed and listed[target].state != "failed")
            or ((listing := self._listings.get(target.provider)) and not listing.is_listed)
        ]
        others: list[Target] = []
        last: list[Target] = []
        for target, info in listed.items():
            (others if info.chat_support == "yes" else last).append(target)
        leaving = {name for name in self._listings if self._is_remote(name)}
        done: set[Target] = set()
        for group, targets in ((FAVOURITES, favourites), (RECENT, recent), ("", others), (CANNOT_CHAT, last)):
            for target in _without(done, targets):
                done.add(target)
                is_listed = target in listed
                info = listed[target] if is_listed else ModelInfo(target.model)
                described = self._details.get(target)
                yield ModelEntry(
                    target,
                    info if described is None else with_details(info, described),
                    group,
                    is_favourite=target in self._favourites,
                    leaves_machine=(
                        info.is_remote or target.provider in leaving if is_listed else self.leaves_machine(target)
                    ),
                    # Looking for a model in a long list takes time.
                    is_listed=is_listed or self.is_listed(target),
                )


def _without(done: set[Target], targets: Iterable[Target]) -> Iterator[Target]:
    return (target for target in targets if target not in done)
