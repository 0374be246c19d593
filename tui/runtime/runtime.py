"""Opens what both front ends need, when it is first needed, and closes it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tui.config.load import COMMAND_LINE, DEFAULT, LoadedSettings, load
from tui.config.settings import BUILT_IN, Buffers, ProviderSettings, Settings
from tui.config.toml_text import dotted
from tui.errors import ConfigError, LlmTuiError, StoreError, UsageError
from tui.limits import LOOKUP_S
from tui.runtime.api_keys import ApiKeys
from tui.runtime.demo_host import DemoHost
from tui.runtime.probe import BackgroundProbes, ProbeResult
from tui.runtime.provider_pool import ProviderPool
from tui.runtime.selection import (
    DEMO,
    ProviderChoice,
    choose_configured_provider,
    choose_first_provider,
    choose_model,
    no_model_error,
)
from tui.runtime.tool_config import tool_server_config

if TYPE_CHECKING:
    from tui.chat.chunk import JSONValue
    from tui.chat.model_info import ModelInfo
    from tui.providers.base import Provider
    from tui.providers.connection_check import CheckStep
    from tui.providers.discovery import FoundServer
    from tui.session.session import SendOptions
    from tui.session.tool_box import Approver, Tools
    from tui.store.store_work import StoreWork
    from tui.store.threaded import ThreadedStore
    from tui.tools.servers import ToolServers


class Runtime:
    """The settings, and what they name: providers, saved conversations, and the demo server."""

    def __init__(
        self,
        loaded: LoadedSettings,
        environ: Mapping[str, str],
        data_folder: Path | None = None,
        lookup_s: float = LOOKUP_S,
    ) -> None:
        """Args:
        loaded: The settings, and the config file that they were read from.
        environ: The environment variables.
        data_folder: The folder of the saved conversations. None keeps them in memory only.
        lookup_s: See `TimeLimits.for_lookups`.
        """
        self.loaded = loaded
        self.data_folder = data_folder
        self.on_store_error: Callable[[StoreError], None] = lambda _: None
        """Called when conversations cannot be saved."""
        self.on_store_wait: Callable[[str], None] = lambda _: None
        """Called with a sentence before opening the conversations takes long."""
        self.on_store_work: Callable[[StoreWork], None] = lambda _: None
        """Called while work on the file of the conversations takes long, and once when that is over."""
        self.on_key_wait: Callable[[str], None] = lambda _: None
        """Called with a sentence when the command for an API key takes long."""
        self.environ = environ
        """The environment variables."""
        self._listed_at_start: dict[str, tuple[ModelInfo, ...]] = {}
        """The models that the probe of the chosen provider listed, until a model is chosen from them."""
        self._demo = DemoHost()
        self._api_keys = ApiKeys(environ, lambda text: self.on_key_wait(text))
        self._providers = ProviderPool(self._api_keys, self._demo.url, lookup_s)
        self._probes = BackgroundProbes(self.check)

    @property
    def settings(self) -> Settings:
        """The effective settings."""
        return self.loaded.settings

    @cached_property
    def conversations(self) -> ThreadedStore:
        """The saved conversations."""
        # Imported here because SQLite takes time to load and the first paint does not need it.
        from tui.store.threaded import ThreadedStore

        return ThreadedStore(
            self.data_folder,
            lambda error: self.on_store_error(error),
            lambda text: self.on_store_wait(text),
            lambda work: self.on_store_work(work),
        )

    @property
    def is_upgrading(self) -> bool:
        """Whether the file of the conversations is upgraded before its first use, and that takes long."""
        return "conversations" in vars(self) and self.conversations.is_upgrading

    # Tools.

    @cached_property
    def tool_servers(self) -> ToolServers:
        """The configured tool servers. None is started before it is used. Imported with the first use."""
        from tui.tools.servers import ToolServers

        return ToolServers(tool_server_config(self.settings, self.data_folder))

    @property
    def has_tool_servers(self) -> bool:
        """Whether a tool server is configured and enabled. If not, `tool_servers` would be imported for nothing."""
        return any(server.enabled for server in self.settings.mcp.values())

    @property
    def allowed_tools(self) -> frozenset[str]:
        """The tools that run without asking, by their full names: `files.read_file`."""
        return frozenset(f"{name}.{tool}" for name, server in self.settings.mcp.items() for tool in server.allow)

    def tools(self, names: Collection[str], approver: Approver, max_rounds: int | None = None) -> Tools:
        """What a session needs to let its model use tools of some servers.

        Args:
            names: The servers.
            approver: Decides about calls.
            max_rounds: Answers with tool calls in one turn. None for the number in the config.
        """
        from tui.runtime.tool_box import ServerToolBox
        from tui.session.tool_box import Tools

        rounds = self.settings.tools.max_rounds if max_rounds is None else max_rounds
        return Tools(ServerToolBox(self.tool_servers, names), approver, rounds)

    # Providers.

    @property
    def provider_names(self) -> tuple[str, ...]:
        """The providers that are not disabled, in the order of the config, the built-in demo last."""
        enabled = [name for name, settings in self.settings.providers.items() if settings.enabled]
        return tuple(sorted(enabled, key=lambda name: name == DEMO))

    async def provider(self, name: str) -> Provider:
        """The provider with a name. The first call creates it, and starts the demo server if the provider needs it.

        Raises:
            UsageError: If no provider has that name, or it is disabled.
            ConfigError: If its API key or address cannot be used.
        """
        return await self._providers.get(self.settings_for(name))

    def settings_for(self, name: str) -> ProviderSettings:
        """The settings of a provider.

        Raises:
            UsageError: If no provider has that name, or it is disabled.
        """
        settings = self.settings.providers.get(name)
        if settings is None:
            raise UsageError(f"Unknown provider {name!r}.", hint=f"The providers are {', '.join(self.provider_names)}.")
        # The demo stands in where no other provider answers, so it is only hidden.
        if not settings.enabled and name != DEMO:
            hint = f"Remove `enabled = false` from [providers.{name}], or enable it with /providers."
            raise UsageError(f"The provider {name!r} is disabled.", hint=hint)
        return settings

    def is_demo(self, name: str) -> bool:
        """Whether a provider is the built-in demo, or another demo server."""
        settings = self.settings.providers.get(name)
        return settings is not None and settings.type == "demo"

    def is_remote(self, name: str) -> bool:
        """Whether a provider's server is neither on this machine nor on its network, judging by its address.

        Raises:
            UsageError: If no provider has that name.
        """
        from tui.providers.network.address import parse_address

        url = self.settings_for(name).base_url
        return bool(url) and not parse_address(url).is_near

    def is_configured(self, name: str) -> bool:
        """Whether the user configured a provider, in the file or the environment, or chose it at the start.

        The built-in providers that nothing mentions are only looked for.
        """
        origins = self.loaded.origins
        if self.settings.provider == name and origins.get("provider", DEFAULT) != DEFAULT:
            return True
        keys = (key for key in origins if key.startswith(f"providers.{name}."))
        return name not in BUILT_IN or any(origins[key] != DEFAULT for key in keys)

    def buffers_for(self, name: str) -> Buffers:
        """The buffer sizes for a provider; the general ones if it is no longer configured."""
        return self.settings.providers.get(name, self.settings).buffers

    def context_length(self, name: str) -> int:
        """The configured context to load a provider's models with, in tokens. 0 where a load cannot choose it.

        Raises:
            UsageError: If no provider has that name, or it is disabled.
        """
        settings = self.settings_for(name)
        return settings.context_length if settings.type in ("ollama", "lmstudio") else 0

    def send_options(self, name: str) -> SendOptions:
        """The system prompt and the options to send prompts to a provider with."""
        from tui.session.session import SendOptions

        settings = self.settings_for(name)
        options: dict[str, JSONValue] = {"think": settings.think} if settings.think else {}
        if settings.type == "ollama" and settings.context_length:
            # Ollama would load the model again, with its usual context, for a request that names none.
            options["num_ctx"] = settings.context_length
        return SendOptions(system_prompt=settings.system_prompt, options={**options, **settings.options})

    async def check(self, name: str) -> ProbeResult:
        """Ask a provider whether it can be used. Reports errors in the result."""
        try:
            provider = await self.provider(name)
            return ProbeResult(name, status=await provider.check())
        except LlmTuiError as error:
            return ProbeResult(name, error=error)

    async def list_models(self, name: str) -> tuple[ModelInfo, ...]:
        """The models of a provider.

        Raises:
            LlmTuiError: If the provider cannot be asked.
        """
        return await (await self.provider(name)).list_models()

    async def find_servers(self) -> tuple[FoundServer, ...]:
        """The model servers that answer on this machine, within a second. Nothing is loaded or woken."""
        from tui.runtime.server_search import search_servers

        return await search_servers(self.settings.providers, self.environ)

    async def test_provider(self, settings: ProviderSettings) -> AsyncGenerator[CheckStep, None]:
        """Test whether a provider could be used with some settings, which need not be saved; yields each step."""
        # In a thread, because importing the HTTP library takes long enough to delay key presses.
        await asyncio.to_thread(import_module, "tui.providers.connection_check")
        from tui.providers.connection_check import CheckStep, check_connection

        self._api_keys.forget(settings)
        try:
            options = await self._providers.options(settings)
        except ConfigError as error:
            yield CheckStep("key", "failed", "No usable key", str(error), error.hint)
            return
        if settings.api_key_env and not options.key:
            hint = "Set it where llm-tui is started from, and start llm-tui again."
            yield CheckStep("key", "warning", f"{settings.api_key_env} is not set", "", hint)
        async with aclosing(check_connection(settings.type, options)) as steps:
            async for step in steps:
                yield step

    # What to start with.

    @property
    def provider_was_named(self) -> bool:
        """Whether the command line names the provider."""
        return self.loaded.origins.get("provider") == COMMAND_LINE

    async def choose_provider(self, on_checked: Callable[[ProbeResult], None] = lambda _: None) -> str:
        """The provider to start with: the configured one, else the first that answers, else the demo.

        A provider that the command line names is used even if it does not answer.

        All providers are probed except demos, which always answer and would be started for nothing, and those whose
        key is the output of a command, which may ask for a passphrase. The configured provider is always probed.

        Args:
            on_checked: Called with each result, also with those that arrive after the choice.
        """
        names = [name for name in self.provider_names if self._is_probed_at_start(name)]
        running = set(self._probes.start(names, on_checked))
        if self.provider_was_named or self.is_demo(self.settings.provider):
            return self.settings.provider
        loop = asyncio.get_running_loop()
        has_answered: dict[str, bool] = {}
        listed: dict[str, tuple[ModelInfo, ...]] = {}
        deadline: float | None = None
        while (choice := self._choice(names, has_answered)).wait_s != 0:
            if choice.wait_s is None:
                timeout = None
            else:
                deadline = deadline or loop.time() + choice.wait_s
                timeout = max(0.0, deadline - loop.time())
            finished, running = await asyncio.wait(running, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if not finished:
                break
            results = [task.result() for task in finished]
            has_answered |= {result.name: result.status is not None for result in results}
            listed |= {each.name: each.status.models for each in results if each.status and each.status.models}
        if choice.name in listed:
            self._listed_at_start = {choice.name: listed[choice.name]}
        return choice.name

    async def choose_model(self, name: str, wanted: str = "") -> str:
        """The model to start with: the wanted one, else the configured, else the last used, else the first.

        Args:
            name: The provider.
            wanted: The model that the user asked for. Empty if they did not.

        Raises:
            ModelNotFound: If the provider has no model that can answer.
            LlmTuiError: If the provider cannot be asked.
        """
        settings = self.settings_for(name)
        # Used once: later the server may have other models.
        models = self._listed_at_start.pop(name, None)
        if model := wanted or settings.model:
            return model
        if models is None:
            models = await self.list_models(name)
        if model := choose_model(models, await self._last_model(name)):
            return model
        raise no_model_error(name, settings.type, has_others=bool(models))

    # Opening and closing.

    async def change_settings(self, changes: Mapping[str, object], renamed: Mapping[str, str] | None = None) -> None:
        """Write changed settings to the config file, and use them from the next request on.

        Args:
            changes: New values by dotted key; None removes the key.
            renamed: New names of providers by their names of before. What changes in them has the new names. What is
                saved of them is renamed too.

        Raises:
            ConfigError: If the file cannot be written, or would not be valid.
        """
        from tui.config.save import save_changes
        from tui.store.conversations import ConversationStore

        path = self.loaded.path
        renamed = renamed or {}
        tables = {dotted(("providers", before)): name for before, name in renamed.items()}
        await asyncio.to_thread(save_changes, path, changes, tables)
        overrides = self._command_line_overrides(changes, renamed)
        self.loaded = load(path, self.environ, overrides)
        self._providers.retire_all()
        for before, name in renamed.items():
            self.conversations.post(ConversationStore.rename_provider, before, name)
        if "tool_servers" in vars(self):
            await self.tool_servers.configure(tool_server_config(self.settings, self.data_folder))

    async def aclose(self) -> None:
        """Stop the probes, close the connections and the store, and stop the demo server and the tool servers."""
        try:
            await self._probes.aclose()
            await self._providers.aclose()
            # Most runs of `ask` use none, and would open the store only to close it.
            if "conversations" in vars(self):
                await self.conversations.aclose()
            await self._demo.aclose()
        finally:
            # Last, because a tool server may take seconds to end.
            if "tool_servers" in vars(self):
                await self.tool_servers.aclose()

    def _is_probed_at_start(self, name: str) -> bool:
        if self.is_demo(name):
            return False
        return name == self.settings.provider or not self.settings.providers[name].api_key_command

    def _choice(self, names: list[str], has_answered: Mapping[str, bool]) -> ProviderChoice:
        configured = self.settings.provider
        is_chosen = self.loaded.origins.get("provider") != DEFAULT and configured in self.provider_names
        if configured and is_chosen:
            return choose_configured_provider(configured, names, has_answered)
        return choose_first_provider(names, has_answered)

    async def _last_model(self, name: str) -> str:
        try:
            return await self.conversations.call(lambda store: store.last_model(name))
        except StoreError:
            # The error is reported when there is something to save.
            return ""

    def _command_line_overrides(self, changes: Mapping[str, object], renamed: Mapping[str, str]) -> dict[str, object]:
        """The settings from the command line, which take precedence over the file when it is read again."""
        name = renamed.get(self.settings.provider, self.settings.provider)
        is_removed = changes.get(dotted(("providers", name)), name) is None
        return {"provider": name} if self.provider_was_named and "provider" not in changes and not is_removed else {}
