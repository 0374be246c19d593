"""A provider with scripted answers. Like a real one, it reports its stages and closes its streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tui.chat.chunk import JSONValue, StreamingChunk
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProviderError
from tui.providers.base import AnswerStream, ModelManager, ignore_stage

Step = str | StreamingChunk | TurnRetried | ProviderError | asyncio.Event


class ScriptedProvider:
    """Runs a script for each answer: yields text, chunks and retries, raises errors, and waits for events."""

    def __init__(self, *script: Step, name: str = "scripted") -> None:
        self.name = name
        self.address = "nowhere"
        self.lists_details = True
        self.requests: list[ChatRequest] = []
        self.closed = 0
        self.window: int | ProviderError | None = None
        self.context_window_requests: list[str] = []
        self.tokens: int | ProviderError | None = None
        """What is counted of a prompt."""
        self.counted: list[ChatRequest] = []
        self.activity: ServerActivity | ProviderError | None = None
        self.model_info: ModelInfo | ProviderError | None = None
        self.manager: ModelManager | None = None
        self.problem: str | ProviderError = ""
        self.tool_problem: str | ProviderError = ""
        self.continues_thinking = False
        self.ended_thinking: list[tuple[str, str]] = []
        """Model and id of each answer whose thinking was to be ended."""
        self._script = script

    async def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        self.requests.append(request)
        on_stage(ServerActivity("connecting"))
        on_stage(ServerActivity("waiting"))
        try:
            for step in self._script:
                if isinstance(step, ProviderError):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, str):
                    yield StreamingChunk(content=step)
                else:
                    yield step
        finally:
            self.closed += 1

    async def server_activity(self, model: str) -> ServerActivity | None:
        if isinstance(self.activity, ProviderError):
            raise self.activity
        return self.activity

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:
        self.context_window_requests.append(model)
        if isinstance(self.window, ProviderError):
            raise self.window
        return self.window

    async def list_models(self) -> tuple[ModelInfo, ...]:
        return ()

    async def describe_model(self, model: str) -> ModelInfo:
        if isinstance(self.model_info, ProviderError):
            raise self.model_info
        return self.model_info or ModelInfo(model)

    async def check(self) -> ServerStatus:
        return ServerStatus(0.0)

    async def count_tokens(self, request: ChatRequest) -> int | None:
        self.counted.append(request)
        if isinstance(self.tokens, ProviderError):
            raise self.tokens
        return self.tokens

    async def end_thinking(self, model: str, answer_id: str) -> bool:
        self.ended_thinking.append((model, answer_id))
        return True

    async def thinking_problem(self, model: str, value: str) -> str:
        if isinstance(self.problem, ProviderError):
            raise self.problem
        return self.problem

    async def tools_problem(self, model: str) -> str:
        if isinstance(self.tool_problem, ProviderError):
            raise self.tool_problem
        return self.tool_problem

    async def model_manager(self) -> ModelManager | None:
        return self.manager

    def get_ready(self) -> None: ...

    async def aclose(self) -> None: ...
