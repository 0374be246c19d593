"""All that stands below a front end, opened and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.config.load import COMMAND_LINE, LoadedSettings, load
from tui.config.settings import Buffers, ProviderSettings, Settings
from tui.errors import LlmTuiError, ModelNotFound, StoreError, UsageError

if TYPE_CHECKING:
    from tui.chat.model_info import ModelInfo, ServerStatus
    from tui.demo.server import DemoServer
    from tui.providers.base import Provider
    from tui.providers.options import ProviderOptions
    from tui.session.session import SendOptions
    from tui.store.threaded import ThreadedStore

DEMO: Final = "demo"
"""The name of the provider that is always there."""

_PATIENCE_S: Final = 1.0
"""How long an earlier provider is waited for once a later one has answered."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What came of knocking at a provider."""

    name: str
    status: ServerStatus | None = None
    error: LlmTuiError | None = None


class Runtime:
    """Settings, providers and the built-in demo server. It wires; of deciding it does only what comes first."""

    def __init__(self, loaded: LoadedSettings, environ: Mapping[str, str], data_folder: Path | None = None) -> None:
        """Args:
        loaded: The settings.
        environ: The environment's variables.
        data_folder: Where conversations are kept. None keeps them only as long as this lives.
        """
        self.loaded = loaded
        self.data_folder = data_folder
        self.on_store_error: Callable[[StoreError], None] = lambda _: None
        """Told when conversations cannot be kept."""
        self._environ = environ
        self._providers: dict[str, Provider] = {}
        self._retired: list[Provider] = []
        self._checks: set[asyncio.Task[ProbeResult]] = set()
        self._demo: DemoServer | None = None
        self._demo_starting = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        """What the user chose."""
        return self.loaded.settings

    @cached_property
    def conversations(self) -> ThreadedStore:
        """Where conversations are kept."""
        # The first paint needs none, and SQLite takes its time to load.
        from tui.store.threaded import ThreadedStore

        return ThreadedStore(self.data_folder, self._tell)

    @property
    def provider_names(self) -> tuple[str, ...]:
        """The providers, in the order of the config, the demo last."""
        names = self.settings.providers
        return (*(name for name in names if name != DEMO), *(name for name in names if name == DEMO))

    async def provider(self, name: str) -> Provider:
        """A provider by its name. The demo server is started when it is first wanted.

        Raises:
            UsageError: When there is none of that name, or its settings cannot be used.
        """
        if name not in self._providers:
            from tui.providers.registry import load_provider, make_provider

            settings = self.settings_of(name)
            # In a thread: the HTTP library takes its time to load, and keys are not to wait for it.
            await asyncio.to_thread(load_provider, settings.type)
            url = settings.base_url or await self._demo_url()
            # Somebody else may have been here while we waited.
            if name not in self._providers:
                self._providers[name] = make_provider(settings.type, self._options(settings, url))
        return self._providers[name]

    def settings_of(self, name: str) -> ProviderSettings:
        """The settings of a provider.

        Raises:
            UsageError: When there is none of that name.
        """
        settings = self.settings.providers.get(name)
        if settings is None:
            raise UsageError(
                f"There is no provider {name!r}.", hint=f"The providers are {', '.join(self.provider_names)}."
            )
        return settings

    async def check(self, name: str) -> ProbeResult:
        """Knock at a provider."""
        try:
            provider = await self.provider(name)
            return ProbeResult(name, status=await provider.check())
        except LlmTuiError as error:
            return ProbeResult(name, error=error)

    @property
    def provider_was_named(self) -> bool:
        """Whether the command line says who is to answer."""
        return self.loaded.origins.get("provider") == COMMAND_LINE

    async def choose_provider(self, on_checked: Callable[[ProbeResult], None] = lambda _: None) -> str:
        """The provider to begin with: the one that the user set; else the first that answers; else the demo.

        Where the one that was set does not answer, and no other does, it is the
        demo too: something must work with nothing installed.

        Args:
            on_checked: Told of each provider that was knocked at, as soon as it is known.
        """
        chosen = self.settings.provider
        checks = self._begin_checks(on_checked)
        if chosen and self.is_demo(chosen):
            return chosen
        if chosen and self.loaded.origins.get("provider") != "default":
            # One that takes its time may be busy. That nobody is there is mostly known at once.
            done, _ = await asyncio.wait([checks[chosen]], timeout=_PATIENCE_S)
            if not done:
                return chosen
            found = (await checks[chosen]).status is not None or await _first_to_answer(checks) is not None
            return chosen if found else DEMO
        return await _first_to_answer(checks) or DEMO

    async def choose_model(self, name: str, wanted: str = "") -> str:
        """The model to begin with: the wanted one; else the configured; else the last used; else the first offered.

        Raises:
            ModelNotFound: When the provider offers none.
            ProviderError: When it cannot be asked.
        """
        if wanted := wanted or self.settings_of(name).model:
            return wanted
        models = [model for model in await self.list_models(name) if model.capabilities != {"embedding"}]
        last_used = await self._last_model(name)
        if any(model.name == last_used for model in models):
            return last_used
        if models:
            return models[0].name
        hints = {
            "ollama": "`ollama pull llama3.2` gets one.",
            "lmstudio": "Download one in LM Studio, or with `lms get`.",
        }
        raise ModelNotFound(
            f"{name} has no model yet.", hint=hints.get(self.settings_of(name).type, "Load one on that server.")
        )

    async def _last_model(self, name: str) -> str:
        try:
            return await self.conversations.call(lambda store: store.last_model(name))
        except StoreError:
            # That nothing can be kept is said where something is to be kept.
            return ""

    async def list_models(self, name: str) -> tuple[ModelInfo, ...]:
        """What a provider offers."""
        return await (await self.provider(name)).list_models()

    def is_demo(self, name: str) -> bool:
        """Whether a provider is the built-in demo, or another demo server."""
        settings = self.settings.providers.get(name)
        return settings is not None and settings.type == "demo"

    def buffers_of(self, name: str) -> Buffers:
        """How much is held on the way from a provider; from one that is not configured any more, what is from all."""
        return self.settings.providers.get(name, self.settings).buffers

    def send_options(self, name: str) -> SendOptions:
        """How prompts are sent to a provider: what the user set for it."""
        from tui.session.session import SendOptions

        settings = self.settings_of(name)
        return SendOptions(system_prompt=settings.system_prompt, options=settings.options)

    async def change_settings(self, changes: Mapping[str, object]) -> None:
        """Write changed settings to the config file, and let them hold from the next request on.

        Args:
            changes: New values by dotted key; None takes a key out.

        Raises:
            ConfigError: When the file cannot be written, or not be read with them.
        """
        from tui.config.save import save_changes

        path = self.loaded.path
        await asyncio.to_thread(save_changes, path, changes)
        overrides = {key: value for key, value in self._overrides().items() if key not in changes}
        self.loaded = load(path, self._environ, overrides)
        # Answers under way keep the connection that they have.
        self._retired.extend(self._providers.values())
        self._providers.clear()

    async def aclose(self) -> None:
        """Close every connection, the store, and the demo server."""
        for check in self._checks:
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        for provider in (*self._providers.values(), *self._retired):
            await provider.aclose()
        self._providers.clear()
        self._retired.clear()
        await self.conversations.aclose()
        if self._demo is not None:
            await self._demo.stop()

    def _tell(self, error: StoreError) -> None:
        self.on_store_error(error)

    def _begin_checks(self, on_checked: Callable[[ProbeResult], None]) -> dict[str, asyncio.Task[ProbeResult]]:
        """Knock at every provider at once, but for the demo: it would always answer, and be started for nothing."""

        def tell(task: asyncio.Task[ProbeResult]) -> None:
            self._checks.discard(task)
            if not task.cancelled():
                on_checked(task.result())

        checks = {}
        for name in self.provider_names:
            if not self.is_demo(name):
                checks[name] = asyncio.create_task(self.check(name), name=f"check {name}")
                checks[name].add_done_callback(tell)
        self._checks.update(checks.values())
        return checks

    def _overrides(self) -> dict[str, object]:
        """What the command line has set, which a newly read file does not undo."""
        return {"provider": self.settings.provider} if self.provider_was_named else {}

    async def _demo_url(self) -> str:
        from tui.demo.server import DemoServer

        async with self._demo_starting:
            if self._demo is None:
                demo = DemoServer()
                await demo.start()
                self._demo = demo
        return self._demo.url

    def _options(self, settings: ProviderSettings, url: str) -> ProviderOptions:
        from tui.providers.options import ProviderOptions

        key = settings.resolve_key(self._environ)
        buffers = settings.buffers
        return ProviderOptions(
            name=settings.name,
            base_url=url,
            key=key.reveal() if key else None,
            headers=settings.headers,
            verify=settings.verify,
            limits=settings.timeouts,
            retry=settings.retry,
            read_bytes=buffers.read_bytes,
            max_event_bytes=buffers.max_event_bytes,
            parallel=_parallel(settings, url),
            keep_alive=settings.keep_alive,
        )


def _parallel(settings: ProviderSettings, url: str) -> int:
    """How many answers may come from a provider at once. A model of one's own slows down, or is loaded anew."""
    if settings.parallel:
        return settings.parallel
    from tui.providers.network.address import parse_address

    if settings.type == "demo":
        return 16
    return 1 if parse_address(url).is_near else 4


async def _first_to_answer(checks: Mapping[str, asyncio.Task[ProbeResult]]) -> str | None:
    """The first provider, in their order, that answers; a later one only when the earlier ones keep us waiting."""
    waiting = set(checks.values())
    patience: float | None = None
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        names = list(checks)
        answered = next((name for name in names if checks[name].done() and checks[name].result().status), None)
        if answered is not None:
            earlier = names[: names.index(answered)]
            if not done or all(checks[name].done() for name in earlier):
                return answered
            patience = _PATIENCE_S
    return None
