"""A workspace without a screen: with a scripted provider and a minimal front end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.scripted_provider import ScriptedProvider
from tui.chat.chunk import StreamingChunk
from tui.chat.conversation import Conversation
from tui.chat.message import Role
from tui.chat.model_info import ChatRequest, ModelInfo
from tui.chat.turn import ChunkReceived, ServerActivity, TurnUpdate
from tui.config.load import load
from tui.errors import ProviderError
from tui.providers.base import AnswerStream, Provider, ignore_stage
from tui.runtime import Runtime
from tui.workspace import events as happened
from tui.workspace.chat_services import ChatServices
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.prompt import Prompt
from tui.workspace.slash_commands import Perform
from tui.workspace.submission import Submission

E = TypeVar("E", bound=happened.Event)


class ControlledProvider(ScriptedProvider):
    """Answers "Hello" immediately, and ends each answer when the test tells it to."""

    def __init__(self) -> None:
        super().__init__(name="ollama")
        self.models = ("tiny", "large")
        self.failure: ProviderError | None = None
        """Raised in place of the next answer."""
        self.answers_questions = asyncio.Event()
        """Cleared while questions about models get no answer."""
        self.answers_questions.set()
        self._end = asyncio.Event()

    @property
    def prompts(self) -> list[str]:
        """The last prompt of each request."""
        return [request.messages[-1].content for request in self.requests]

    def finish(self) -> None:
        """Let the running answer, and all later ones, end."""
        self._end.set()

    async def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        self.requests.append(request)
        on_stage(ServerActivity("waiting"))
        failure, self.failure = self.failure, None
        try:
            if failure is not None:
                raise failure
            yield StreamingChunk(content="Hello")
            await self._end.wait()
            yield StreamingChunk(finish_reason="stop")
        finally:
            self.closed += 1

    async def list_models(self) -> tuple[ModelInfo, ...]:
        await self.answers_questions.wait()
        return tuple(map(ModelInfo, self.models))

    async def describe_model(self, model: str) -> ModelInfo:
        await self.answers_questions.wait()
        return await super().describe_model(model)


class ScriptedRuntime(Runtime):
    """A runtime whose providers are all the same scripted one. Conversations live in memory."""

    def __init__(self, folder: Path, provider: ControlledProvider) -> None:
        super().__init__(load(folder / "config.toml", {}, {}), {}, None)
        self._scripted = provider

    def use(self, provider: ControlledProvider) -> None:
        """Return another provider from now on, as after changed settings."""
        self._scripted = provider

    async def provider(self, name: str) -> Provider:
        self.settings_for(name)
        return self._scripted


class Task:
    """An asyncio task, as the handle that the workspace expects."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task

    @property
    def is_cancelling(self) -> bool:
        return self.task.cancelling() > 0

    def cancel(self) -> None:
        self.task.cancel()

    async def wait(self) -> None:
        await asyncio.wait([self.task])


class FrontEnd:
    """A minimal front end: it collects events and shown text, and has a composer that is a string."""

    def __init__(self, folder: Path, provider: ControlledProvider) -> None:
        self.provider = provider
        self.composer = ""
        self.shown: list[str] = []
        """Text that reached the sink, in order."""
        self.performed: list[tuple[str, str]] = []
        """Commands of the front end that were run, each with its argument."""
        self.on_perform: Perform | None = None
        """Called with each of them."""
        self.seen: list[happened.Event] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.runtime = ScriptedRuntime(folder, provider)
        services = ChatServices(
            self.runtime,
            is_open=lambda: True,
            start_task=self.start,
            sink=self,
            unsent_text=lambda: self.composer,
            perform=self.perform,
        )
        self.events = services.events
        self.library = services.library
        self.directory = services.directory
        self.catalog = services.catalog
        self.workspace = services.workspace
        self.thinking = services.thinking
        self.prompts = services.commands.prompts
        self.submissions = services.submissions
        for event_type in happened.Event.__args__:
            self.events.subscribe(event_type, self.seen.append)
        self.events.subscribe(happened.CurrentLeft, lambda _: setattr(self, "composer", ""))
        self.events.subscribe(happened.PromptReturned, self._restore)

    def start(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> Task:
        task = asyncio.create_task(work(), name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return Task(task)

    async def show(self, conversation: OpenConversation, updates: Sequence[TurnUpdate]) -> None:
        self.shown += [update.chunk.content for update in updates if isinstance(update, ChunkReceived)]

    async def perform(self, name: str, argument: str = "") -> None:
        self.performed.append((name, argument))
        if self.on_perform is not None:
            await self.on_perform(name, argument)
        if name in ("new_conversation", "temporary_conversation"):
            await self.workspace.new(is_temporary=name == "temporary_conversation")

    def submit(self, text: str, editing: str | None = None) -> None:
        """Submit a text, as Enter does."""
        self.submissions.put(Submission(text, editing))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is true."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.001)

    async def idle(self) -> None:
        """Wait until no answer is streaming, and everything is saved."""
        await self.until(lambda: not self.workspace.running)
        await self.library.summaries()

    @property
    def current(self) -> OpenConversation:
        current = self.workspace.current
        assert current is not None
        return current

    async def saved(self) -> Conversation:
        """The current conversation as it is saved."""
        return await self.library.load(self.current.id)

    def contents(self, role: Role) -> list[str]:
        """The contents of the current path's messages with a role."""
        return [message.content for message in self.current.session.conversation.path if message.role == role]

    def of(self, event_type: type[E]) -> list[E]:
        """The events of a type, in order."""
        return [event for event in self.seen if isinstance(event, event_type)]

    async def draft(self) -> str:
        """The saved draft of the current conversation, or of the next new one while none is current."""
        current = self.workspace.current
        return await self.library.draft("" if current is None else current.draft_key)

    def quit(self) -> None:
        """What a front end does when a signal ends it."""
        self.workspace.save_unsent(self.submissions.close())

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.of(happened.Notice)]

    def _restore(self, event: happened.PromptReturned) -> None:
        self.composer = "\n".join(filter(None, [event.text, self.composer]))


@pytest.fixture
def provider() -> ControlledProvider:
    """The provider below the workspace."""
    return ControlledProvider()


@pytest.fixture
async def starting(tmp_path: Path, provider: ControlledProvider) -> AsyncIterator[FrontEnd]:
    """A front end before a provider is chosen."""
    front_end = FrontEnd(tmp_path, provider)
    consumer: asyncio.Task[Any] = asyncio.create_task(front_end.submissions.run())
    yield front_end
    consumer.cancel()
    await front_end.workspace.close()
    front_end.workspace.save_unsent(front_end.submissions.close())
    for task in tuple(front_end.tasks):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(consumer, *front_end.tasks, return_exceptions=True)
    await front_end.runtime.aclose()


@pytest.fixture
async def front_end(starting: FrontEnd) -> FrontEnd:
    """A front end with a new conversation, ready for prompts."""
    await ready(starting)
    return starting


async def ready(front_end: FrontEnd) -> None:
    """Choose the provider and open a new conversation."""
    workspace = front_end.workspace
    await workspace.activate(await workspace.factory.create("ollama", "tiny"))
    front_end.directory.set_ready()


def prompt(text: str) -> Prompt:
    """A prompt without files."""
    return Prompt(text)
