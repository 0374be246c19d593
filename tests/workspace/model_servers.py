"""Providers whose models and managers are scripted, and a catalog over them, without a screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from pathlib import Path

from tests.scripted_provider import ScriptedProvider
from tests.workspace.conftest import Task
from tui.chat.model_info import ModelAction, ModelInfo, ModelProgress
from tui.config.load import load
from tui.errors import ProviderError, UsageError
from tui.providers.base import Provider
from tui.runtime import Runtime
from tui.workspace import events as happened
from tui.workspace.events import Events
from tui.workspace.library import Library
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.provider_directory import ProviderDirectory

PullStep = ModelProgress | ProviderError | asyncio.Event


class ListingProvider(ScriptedProvider):
    """Lists models, when the test lets it."""

    def __init__(self, name: str, *models: ModelInfo | str) -> None:
        super().__init__(name=name)
        self.models: tuple[ModelInfo, ...] = tuple(m if isinstance(m, ModelInfo) else ModelInfo(m) for m in models)
        self.failure: ProviderError | None = None
        self.may_list = asyncio.Event()
        self.may_list.set()
        self.listed = 0
        self.described: list[str] = []

    async def list_models(self) -> tuple[ModelInfo, ...]:
        self.listed += 1
        await self.may_list.wait()
        if self.failure is not None:
            raise self.failure
        return self.models

    async def describe_model(self, model: str) -> ModelInfo:
        self.described.append(model)
        return await super().describe_model(model)


class ScriptedManager:
    """Manages the models of a `ListingProvider` by a script. Implements `ModelManager`."""

    def __init__(self, provider: ListingProvider, *actions: ModelAction) -> None:
        self.actions = frozenset[ModelAction](actions or ("pull", "delete", "load", "unload"))
        self.can_stop_pulls = True
        self.script: list[PullStep] = []
        self.calls: list[tuple[str | int, ...]] = []
        self.closed = 0
        self.failure: ProviderError | None = None
        self._provider = provider

    async def pull(self, model: str) -> AsyncGenerator[ModelProgress, None]:
        self.calls.append(("pull", model))
        async for progress in self._play():
            yield progress
        self._provider.models = (*self._provider.models, ModelInfo(model))

    async def load(self, model: str, context_length: int = 0) -> AsyncGenerator[ModelProgress, None]:
        self.calls.append(("load", model, context_length))
        async for progress in self._play():
            yield progress

    async def unload(self, model: str) -> bool:
        self.calls.append(("unload", model))
        if self.failure is not None:
            raise self.failure
        return next((info.loaded for info in self._provider.models if info.name == model), None) is not False

    async def delete(self, model: str) -> None:
        self.calls.append(("delete", model))
        self._provider.models = tuple(info for info in self._provider.models if info.name != model)

    async def copy(self, model: str, new_name: str) -> None:
        self.calls.append(("copy", model, new_name))
        self._provider.models = (*self._provider.models, ModelInfo(new_name))

    async def _play(self) -> AsyncGenerator[ModelProgress, None]:
        try:
            for step in self.script:
                if isinstance(step, ProviderError):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.closed += 1


class ModelRuntime(Runtime):
    """A runtime with scripted providers by name. Conversations live in memory."""

    def __init__(self, folder: Path, providers: tuple[ListingProvider, ...], config: str = "") -> None:
        path = folder / "config.toml"
        path.write_text(config)
        super().__init__(load(path, {}, {}), {}, None)
        self.by_name = {provider.name: provider for provider in providers}

    async def provider(self, name: str) -> Provider:
        if name not in self.by_name:
            raise UsageError(f"There is no provider {name}.")
        return self.by_name[name]


class OpenCatalog:
    """A catalog and jobs, with the events that they emitted."""

    def __init__(self, runtime: ModelRuntime) -> None:
        self.runtime = runtime
        self.events = Events()
        self.seen: list[happened.Event] = []
        for event_type in (happened.ModelsChanged, happened.ModelJobsChanged, happened.Notice, happened.ErrorRaised):
            self.events.subscribe(event_type, self.seen.append)
        self.library = Library(runtime)
        self.directory = ProviderDirectory(runtime, self.events)
        self.catalog = ModelCatalog(runtime, self.directory, self.library, self.events)
        self.tasks: set[asyncio.Task[None]] = set()
        self.jobs = ModelJobs(self.catalog, self.events, self.start)

    def start(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> Task:
        task = asyncio.create_task(work(), name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return Task(task)

    @property
    def order(self) -> list[str]:
        """The models in their order, as `group: provider/model`."""
        return [
            f"{entry.group or entry.target.provider}: {entry.target.provider}/{entry.target.model}"
            for entry in self.catalog.entries
        ]

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.seen if isinstance(event, happened.Notice)]

    @property
    def errors(self) -> list[str]:
        return [str(event.error) for event in self.seen if isinstance(event, happened.ErrorRaised)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is true."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def open_catalog(folder: Path, *providers: ListingProvider, config: str = "") -> AsyncIterator[OpenCatalog]:
    """Open a catalog over providers, which are called `ollama` and `lmstudio` unless the config has more."""
    opened = OpenCatalog(ModelRuntime(folder, providers, config))
    try:
        yield opened
    finally:
        await opened.jobs.close()
        for task in tuple(opened.tasks):
            task.cancel()
        await asyncio.gather(*opened.tasks, return_exceptions=True)
        await opened.runtime.aclose()
