"""A turn while it runs: its requests, one after the other, and the tool calls between them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Final

from tui.chat import ids
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.chat.turn import (
    AnswerStarted,
    ServerActivity,
    Stage,
    ToolProgress,
    ToolsUnavailable,
    TurnEnded,
    TurnRetried,
    TurnStarted,
    TurnUpdate,
)
from tui.errors import ProviderError, TurnCancelled
from tui.session.history import without_result_images
from tui.session.recorded_conversation import RecordedConversation
from tui.session.recorder import Recorder
from tui.session.requests import lacks_vision, request_for
from tui.session.structured_output import StructuredOutput
from tui.session.tool_box import Tools
from tui.session.tool_loop import ToolLoop
from tui.session.turn import Turn
from tui.session.turn_settings import TurnSettings

_CONNECTING: Final = ServerActivity("connecting")
_STARTING_TOOLS: Final = ServerActivity("starting tools")

_BEFORE_THE_ANSWER: Final = ("waiting", "queued", "loading")
"""The stages in which only the server knows what it is doing."""


class RunningTurn:
    """Owns what a turn is doing: the request that streams, or the tool calls that run."""

    def __init__(
        self,
        settings: TurnSettings,
        record: RecordedConversation,
        history: tuple[ChatMessage, ...],
        prompt: ChatMessage,
        partial: ChatMessage | None = None,
        rounds: tuple[ChatMessage, ...] = (),
        *,
        on_model_found: Callable[[str], None] = lambda _: None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = ids.new_id,
    ) -> None:
        """Args:
        settings: What to send it with.
        record: The conversation. The prompt and an empty answer are added and saved at once.
        history: The messages before the prompt.
        prompt: The prompt.
        partial: The answer to continue. None asks for a new one.
        rounds: The answers with tool calls that there are to the prompt, with their results.
        on_model_found: Called with the name of the model, if the settings have none.
        now: The time, in seconds since the epoch.
        monotonic: A monotonic clock, in seconds.
        new_id: Returns a unique id.
        """
        self.ended: TurnEnded | None = None
        """How it ended. None while it runs."""
        self._settings = settings
        self._record = record
        self._history = history
        self._prompt = prompt
        self._partial = partial
        self._rounds = rounds
        self._model = settings.model
        self._on_model_found = on_model_found
        self._now = now
        self._monotonic = monotonic
        self._new_id = new_id
        self._answer = self._new_answer((rounds or (prompt,))[-1], partial)
        """The running answer as it began, or the last one as it ended."""
        record.conversation = replace(
            record.conversation.append(prompt, self._answer), provider=settings.provider.name, model=settings.model
        )
        record.begin(prompt, self._answer)
        self._tool_loop = None if settings.tools is None else self._new_tool_loop(settings.tools)
        self._request: Turn | None = self._new_request(continues=partial is not None)
        """The running request. None while tool calls run, and at the end."""

    @property
    def stage(self) -> Stage | None:
        """What it is waiting for. None before the first stage."""
        if self._request is not None:
            return self._request.stage
        return None if self._tool_loop is None else self._tool_loop.stage

    @property
    def tool_progress(self) -> Mapping[str, ToolProgress]:
        """How far each running tool call is, by the id of its message."""
        return {} if self._tool_loop is None else self._tool_loop.progress

    @property
    def partial_answer(self) -> ChatMessage | None:
        """The running answer with what has arrived of it. None between answers."""
        return None if self._request is None else self._request.builder.partial_answer

    def attach_recorder(self, recorder: Recorder) -> None:
        """Save the text that arrives from now on with another recorder."""
        if self._request is not None:
            self._request.builder.attach_recorder(recorder)

    async def poll_activity(self) -> None:
        """While the server keeps us waiting, ask what it is doing, where it can be asked."""
        request = self._request
        if request is None or (stage := request.stage) is None or stage.name not in _BEFORE_THE_ANSWER:
            return
        activity = None
        # The answer may still come, so a failed question needs no report.
        with contextlib.suppress(ProviderError):
            activity = await self._settings.provider.server_activity(request.builder.model)
        if request.stage is stage:
            request.enter(activity or ServerActivity("waiting"))

    @property
    def can_answer_now(self) -> bool:
        """Whether the model is thinking, and the server may be able to end that."""
        request = self._request
        if request is None or request.answer_id is None:
            return False
        return request.stage is not None and request.stage.name == "thinking"

    async def answer_now(self) -> bool:
        """End the thinking of the running answer. See `Session.answer_now`."""
        request = self._request
        if request is None or request.answer_id is None or not self.can_answer_now:
            return False
        return await self._settings.provider.end_thinking(request.builder.model, request.answer_id)

    async def updates(self) -> AsyncGenerator[TurnUpdate, None]:
        """Send the requests and run the tool calls; returns what happens but the end, which is in `ended`.

        Called once. Closing it stops the turn: what arrived is kept and saved.
        """
        request = self._request
        assert request is not None
        provider = self._settings.provider
        loop = self._tool_loop
        output = StructuredOutput(self._settings.send_options.schema, loop)
        # Stopping closes the stream without an error, so that is what it starts as.
        error: ProviderError | None = TurnCancelled("You stopped this turn.")
        try:
            yield TurnStarted(self._prompt, self._answer)
            await self._find_model(request)
            if loop is not None:
                request.enter(_STARTING_TOOLS)
                for reason in await loop.offer(provider, self._model):
                    yield ToolsUnavailable(reason)
                request.builder.restart_clock()
            while True:
                async with contextlib.aclosing(
                    provider.stream_chat(await self._next_request(), request.enter)
                ) as events:
                    async for event in events:
                        if isinstance(event, TurnRetried):
                            request.wait_for_retry(event)
                            yield event
                        else:
                            yield output.shown(request.consume(event))
                if (rest := request.succeed()) is not None:
                    yield output.shown(rest)
                answer = request.builder.partial_answer
                results = () if loop is None else loop.results_for(answer)
                if loop is None or not results:
                    if output.asks_again(answer):
                        request = self._ask_again(request)
                        continue
                    if (held := output.held(answer)) is not None:
                        yield held
                    request.error = output.error(answer) or (None if loop is None else loop.limit_error(answer))
                    break
                self._answer = answer = request.end().answer
                self._request = None
                self._record.end(answer, *results)
                async with contextlib.aclosing(loop.run(answer, results)) as updates:
                    async for update in updates:
                        yield update
                messages = self._record.conversation.messages
                self._rounds = (*self._rounds, answer, *(messages[result.id] for result in results))
                if loop.is_over:
                    error = None
                    break
                request = self._begin_next_answer()
                yield AnswerStarted(self._answer)
        except ProviderError as failure:
            request.error = failure
        finally:
            self._end(error)

    async def _find_model(self, request: Turn) -> None:
        """Name the model, where the settings leave it to the provider."""
        if self._model or self._settings.find_model is None:
            return
        request.enter(_CONNECTING)
        self._model = request.builder.model = await self._settings.find_model()
        self._record.conversation = replace(self._record.conversation, model=self._model)
        self._on_model_found(self._model)

    async def _next_request(self) -> ChatRequest:
        request = request_for(
            self._settings, self._model, self._history, self._prompt, self._partial, self._rounds, self._tool_loop
        )
        has_images = any(message.role == "tool" and message.images for message in request.messages)
        if has_images and await lacks_vision(self._settings.provider, self._model):
            return replace(request, messages=without_result_images(request.messages))
        return request

    def _ask_again(self, request: Turn) -> Turn:
        """Let the next request replace the answer. Nothing more of the first one is saved."""
        request.end()
        self._record.begin(self._prompt, self._answer)
        self._request = self._new_request(continues=False)
        return self._request

    def _begin_next_answer(self) -> Turn:
        """Let an answer to the tool results begin."""
        self._partial = None
        self._answer = self._new_answer(self._rounds[-1])
        self._record.conversation = self._record.conversation.append(self._answer)
        self._record.begin(self._prompt, self._answer)
        self._request = self._new_request(continues=False)
        return self._request

    def _end(self, error: ProviderError | None) -> None:
        """Save the running answer.

        Args:
            error: Why the turn ended, if it did so between two answers.
        """
        if self._request is None:
            self.ended = TurnEnded(self._answer, error)
        else:
            self.ended = self._request.end()
            self._request = None
            self._record.end(self.ended.answer)

    def _new_answer(self, parent: ChatMessage, partial: ChatMessage | None = None) -> ChatMessage:
        """An answer that begins to stream: the partial one, or a new one."""
        return replace(
            partial or ChatMessage(self._new_id(), "assistant", "", parent_id=parent.id, created_at=self._now()),
            provider=self._settings.provider.name,
            model=self._model,
            finish_reason=None,
            outcome="streaming",
            failure=None,
            options=self._settings.options,
        )

    def _new_request(self, *, continues: bool) -> Turn:
        loop = self._tool_loop
        return Turn(
            self._answer,
            self._record.recorder,
            self._monotonic,
            continues=continues,
            remember=self._settings.send_options.remember or loop is not None,
            with_ids=tuple if loop is None else loop.with_ids,
        )

    def _new_tool_loop(self, tools: Tools) -> ToolLoop:
        messages = (*self._history, *self._rounds)
        taken = {call.id for message in messages for call in message.tool_calls if call.id}
        return ToolLoop(tools, taken, self._record.end, now=self._now, monotonic=self._monotonic, new_id=self._new_id)
