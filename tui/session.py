"""One conversation being held: send, stop, regenerate, continue; keeps what arrived."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from tui.chat.chunk import JSONValue, ServerTiming, StreamingChunk, Usage
from tui.chat.context import ContextUse, context_use, was_cut
from tui.chat.conversation import Conversation
from tui.chat.echo import EchoRemover
from tui.chat.message import AnswerStats, ChatMessage, Failure, Image
from tui.chat.model_info import ChatRequest, Endpoint
from tui.chat.titles import MOST_READ, title_in, title_question
from tui.chat.turn import ChunkReceived, ServerActivity, Stage, TurnEnded, TurnRetried, TurnStarted, TurnUpdate
from tui.errors import ProviderError, TurnCancelled
from tui.providers.base import Provider

TurnStream = AsyncGenerator[TurnUpdate, None]
"""A turn as it happens. Closing it stops the answer: the connection is closed at once, what arrived is kept."""

CHECKPOINT_S: Final = 0.2
"""How long at most what was shown is not kept yet."""

_THINKING: Final = ServerActivity("thinking")
_ANSWERING: Final = ServerActivity("answering")


class Recorder(Protocol):
    """Keeps conversations. None of it waits: what cannot be kept is somebody else's to report."""

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """A turn has begun: keep its prompt, and its answer, empty as yet."""
        ...

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """More of an answer has come."""
        ...

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """An answer is in its final state."""
        ...


class NullRecorder:
    """For conversations that are not kept."""

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Nothing."""

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Nothing."""

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How prompts are sent, until the user says otherwise."""

    system_prompt: str = ""
    options: Mapping[str, JSONValue] = field(default_factory=dict)
    stream: bool = True
    endpoint: Endpoint = "chat"

    remember: bool = True
    """False does not gather the answer: its chunks are all there is of it, and memory stays flat however long it is."""


class Session:
    """One conversation with one provider and model, both of which may change between turns."""

    def __init__(
        self,
        provider: Provider,
        model: str,
        conversation: Conversation | None = None,
        *,
        send_options: SendOptions | None = None,
        find_model: Callable[[], Awaitable[str]] | None = None,
        recorder: Recorder | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        """Args:
        provider: Who answers.
        model: Which of its models. Empty where it is to be found when it is first needed.
        conversation: What was said before. None begins a new one.
        send_options: System prompt, options, and the like.
        find_model: Names a model of the provider. None leaves the choice to the server.
        recorder: Keeps what is said.
        now: Seconds since the epoch.
        monotonic: Seconds on a clock that nobody sets.
        new_id: Makes an id that nothing else has.
        """
        self.provider = provider
        self.model = model
        self.conversation = conversation or Conversation(
            new_id(), created_at=now(), provider=provider.name, model=model
        )
        self.send_options = send_options or SendOptions()
        self.stage: Stage | None = None
        """What the turn under way waits for. None between turns."""
        self.ended: TurnEnded | None = None
        """How the last turn ended. Where a turn is stopped, its stream cannot say so: it is closed."""
        self.is_after_stopped = False
        """Whether the turn before the one under way was stopped. Some servers go on with such an answer for a while."""
        self._growing: _GrowingAnswer | None = None
        self._windows: dict[tuple[str, str], int | None] = {}
        """Tokens that a provider's model is loaded with, as far as that was asked."""
        self._find_model = find_model
        self._recorder: Recorder = recorder or NullRecorder()
        self._now = now
        self._monotonic = monotonic
        self._new_id = new_id

    def use_provider(
        self,
        provider: Provider,
        model: str,
        send_options: SendOptions,
        find_model: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """Go on with another provider or model, from the next turn on. See `__init__`."""
        self.provider = provider
        self.model = model
        self.send_options = send_options
        self._find_model = find_model
        self._windows.clear()

    @property
    def system_prompt(self) -> str:
        """What the model is told before everything else: the conversation's own, else what the user set for all."""
        own = self.conversation.system_prompt
        return self.send_options.system_prompt if own is None else own

    @property
    def options(self) -> Mapping[str, JSONValue]:
        """What is sent with each request: what the user set for all, and over it the conversation's own."""
        return {**self.send_options.options, **self.conversation.options}

    @property
    def so_far(self) -> ChatMessage | None:
        """The answer under way, with what has arrived of it. None between turns, and where nothing is gathered."""
        return None if self._growing is None else self._growing.so_far

    def attach_recorder(self, recorder: Recorder) -> None:
        """Have somebody keep what is said from now on; what was said so far, they have."""
        self._recorder = recorder
        if self._growing is not None:
            self._growing.attach_recorder(recorder)

    def configure(self, system_prompt: str | None, options: Mapping[str, JSONValue]) -> None:
        """Use another system prompt and other options in this conversation, from the next turn on."""
        self.conversation = replace(self.conversation, system_prompt=system_prompt, options=dict(options))
        # One of them may set how much the model is loaded with.
        self._windows.clear()

    @property
    def context(self) -> ContextUse | None:
        """What the conversation takes of the model's context. None where no server has counted yet."""
        return context_use(self.conversation.path, self._windows.get((self.provider.name, self.model)))

    @property
    def was_cut(self) -> bool:
        """Whether the server has left out the beginning of the conversation to answer the last prompt."""
        return was_cut(self.conversation.path, self._windows.get((self.provider.name, self.model)))

    def was_cut_to(self, window: object) -> bool:
        """Whether the last prompt filled a window of so many tokens, which may be anything: then it was cut to it."""
        return isinstance(window, int) and self.ended is not None and was_cut((self.ended.answer,), window)

    async def refresh_context_window(self) -> None:
        """Ask how many tokens the model is loaded with: once for each model, and only what does not wake it.

        Nothing is asked where the server does not count, for then there is nothing to compare with it.
        """
        key = self.provider.name, self.model
        if self.model and self.context is not None and key not in self._windows:
            # Some servers cannot be asked; whether this one can does not change from turn to turn.
            self._windows[key] = None
            with contextlib.suppress(ProviderError):
                self._windows[key] = await self.provider.context_window(self.model, self.options)

    async def lacks_vision(self) -> bool:
        """Whether the model is known to take no pictures. It is not woken for that."""
        try:
            described = await self.provider.describe_model(self.model)
        except ProviderError:
            # That it does not say is no reason to say that it cannot.
            return False
        return bool(described.capabilities) and "vision" not in described.capabilities

    async def generate_title(self) -> str:
        """A title that the model makes of what was said first. Empty when none comes of it. It is no turn."""
        question = title_question(self.conversation)
        answer = ""
        thought = 0
        if question:
            request = ChatRequest(model=self.model, messages=question, options=self.options)
            # That there is none is nothing to report: there is one already.
            with contextlib.suppress(ProviderError):
                async with contextlib.aclosing(self.provider.stream_chat(request)) as events:
                    async for event in events:
                        if isinstance(event, StreamingChunk):
                            answer += event.content
                            thought += len(event.thinking)
                        title = title_in(answer) if thought <= MOST_READ else ""
                        if title is not None:
                            return title
                return title_in(f"{answer}\n") or ""
        return ""

    async def poll_activity(self) -> None:
        """Ask a server that keeps us waiting what it is at, where it can be asked."""
        stage = self.stage
        if stage is None or stage.name not in ("waiting", "queued", "loading"):
            return
        doing = None
        # That it does not say is nothing to report while the answer may yet come.
        with contextlib.suppress(ProviderError):
            doing = await self.provider.server_activity(self.model)
        if self.stage is stage:
            self._enter(doing or ServerActivity("waiting"))

    def send(self, text: str, images: tuple[Image, ...] = ()) -> TurnStream:
        """Ask something; give the turn as it happens.

        A turn at the end of the conversation of whose answer nothing arrived is
        left aside, as if it had not been: the prompt follows what came before it.
        """
        path = _without_vain_turns(self.conversation.path)
        prompt = ChatMessage(
            id=self._new_id(),
            role="user",
            content=text,
            parent_id=path[-1].id if path else None,
            created_at=self._now(),
            images=images,
        )
        return self._turn(path, prompt)

    def edit(self, prompt_id: str, text: str, images: tuple[Image, ...] = ()) -> TurnStream:
        """Ask something else in the place of a prompt; what was asked and answered there stays beside it.

        Args:
            prompt_id: The prompt. Its pictures go with the new one too.
            text: What to ask.
            images: More pictures.
        """
        old = self.conversation.messages[prompt_id]
        path = self.conversation.at(old.parent_id).path
        images = (*old.images, *(image for image in images if image not in old.images))
        return self._turn(path, replace(old, id=self._new_id(), content=text, images=images, created_at=self._now()))

    def regenerate(self, message_id: str | None = None) -> TurnStream | None:
        """Ask for another answer; the old one stays beside it. None when there is no prompt to answer.

        Args:
            message_id: The answer, or its prompt. None for the last one.
        """
        path = self.conversation.path if message_id is None else self.conversation.at(message_id).path
        while path and path[-1].role != "user":
            path = path[:-1]
        return self._turn(path[:-1], path[-1]) if path else None

    def continue_answer(self) -> TurnStream | None:
        """Have the last answer go on where it was cut, stopped or ran into its length. None when there is none.

        It goes back to the server as the last message. What a server that begins
        anew repeats of it is left away.
        """
        path = self.conversation.path
        if len(path) < 2 or not path[-1].can_continue:
            return None
        return self._turn(path[:-2], path[-2], path[-1])

    async def _turn(
        self, history: tuple[ChatMessage, ...], prompt: ChatMessage, partial: ChatMessage | None = None
    ) -> TurnStream:
        answer = replace(
            partial or ChatMessage(self._new_id(), "assistant", "", parent_id=prompt.id, created_at=self._now()),
            provider=self.provider.name,
            model=self.model,
            finish_reason=None,
            outcome="streaming",
            failure=None,
            options=self.options,
        )
        echo = EchoRemover(answer.content)
        self.is_after_stopped = self.ended is not None and self.ended.answer.outcome == "cancelled"
        self.ended = None
        self.conversation = replace(
            self.conversation.append(prompt, answer), provider=self.provider.name, model=self.model
        )
        self._recorder.begin_turn(self.conversation, prompt, answer)
        growing = _GrowingAnswer(answer, self._recorder, self._monotonic, remember=self.send_options.remember)
        self._growing = growing
        # Whoever stops a turn closes this generator or cancels its task: no error of a provider's comes then.
        error: ProviderError | None = TurnCancelled("You stopped this answer.")
        try:
            yield TurnStarted(prompt, answer)
            if not self.model and self._find_model is not None:
                self._enter(ServerActivity("connecting"))
                self.model = growing.model = await self._find_model()
                self.conversation = replace(self.conversation, model=self.model)
            async with contextlib.aclosing(
                self.provider.stream_chat(self._request(history, prompt, partial), self._enter)
            ) as events:
                async for event in events:
                    if isinstance(event, TurnRetried):
                        began = self._monotonic()
                        self.stage = Stage("retrying", began, until=began + event.wait_s)
                        yield event
                    else:
                        self._enter_for(event)
                        chunk = event if partial is None else event._replace(content=echo.feed(event.content))
                        growing.take(chunk)
                        yield ChunkReceived(chunk)
            if rest := echo.finish():
                chunk = StreamingChunk(content=rest)
                growing.take(chunk)
                yield ChunkReceived(chunk)
            error = None
        except ProviderError as failure:
            error = failure
        finally:
            finished_at = self.stage.since if self.stage is not None and self.stage.name == "finishing" else None
            self.stage = self._growing = None
            if isinstance(error, TurnCancelled) and finished_at is not None:
                # There was nothing left to stop.
                error = None
            whole = growing.ended(error, finished_at)
            self.conversation = self.conversation.with_message(whole)
            self._recorder.end_turn(self.conversation, whole)
            self.ended = TurnEnded(whole, error)
        yield self.ended

    def _request(
        self, history: tuple[ChatMessage, ...], prompt: ChatMessage, partial: ChatMessage | None
    ) -> ChatRequest:
        options = self.send_options
        system = (ChatMessage("system", "system", self.system_prompt),) if self.system_prompt else ()
        return ChatRequest(
            model=self.model,
            messages=(*system, *history, prompt, *([partial] if partial else [])),
            options=self.options,
            stream=options.stream,
            endpoint=options.endpoint,
        )

    def _enter(self, doing: ServerActivity) -> None:
        if self.stage is None or self.stage.name != doing.stage:
            if self.stage is not None and self.stage.name == "queued locally" and self._growing is not None:
                self._growing.begin()
            self.stage = Stage(doing.stage, self._monotonic(), doing.fraction)
        elif self.stage.fraction != doing.fraction:
            self.stage = replace(self.stage, fraction=doing.fraction)

    def _enter_for(self, chunk: StreamingChunk) -> None:
        if chunk.content or chunk.tool_calls:
            self._enter(_ANSWERING)
        elif chunk.thinking:
            self._enter(_THINKING)


def _without_vain_turns(path: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """The path without turns at its end of whose answer nothing arrived."""
    while path and (
        (path[-1].role == "assistant" and path[-1].is_empty and path[-1].failure) or path[-1].role == "user"
    ):
        path = path[:-1]
    return path


class _GrowingAnswer:
    """Gathers an answer, has it kept a few times a second, and measures it."""

    def __init__(
        self, answer: ChatMessage, recorder: Recorder, monotonic: Callable[[], float], *, remember: bool
    ) -> None:
        self._answer = answer
        self._recorder = recorder
        self._monotonic = monotonic
        self._remember = remember
        self._began = monotonic()
        self._first: float | None = None
        self._content = [answer.content]
        self._thinking = [answer.thinking]
        self._calls = list(answer.tool_calls)
        self._kept_content = 1
        self._kept_thinking = 1
        self._checkpoint: asyncio.TimerHandle | None = None
        self.model = answer.model
        """Who answers, as far as it is known."""
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._timing = ServerTiming()

    @property
    def so_far(self) -> ChatMessage:
        """The answer with what has arrived of it."""
        content, thinking = "".join(self._content), "".join(self._thinking)
        return replace(
            self._answer, content=content, thinking=thinking, tool_calls=tuple(self._calls), model=self.model
        )

    def attach_recorder(self, recorder: Recorder) -> None:
        """Have somebody keep what comes from now on."""
        self._recorder = recorder
        self._kept_content, self._kept_thinking = len(self._content), len(self._thinking)

    def begin(self) -> None:
        """It is sent only now: what was before was waiting here."""
        self._began = self._monotonic()

    def take(self, chunk: StreamingChunk) -> None:
        """Add a chunk."""
        if self._first is None and chunk.has_text:
            self._first = self._monotonic()
        self._finish_reason = chunk.finish_reason or self._finish_reason
        self._usage = chunk.usage or self._usage
        self._timing = chunk.timing or self._timing
        self.model = chunk.model or self.model
        if self._remember:
            if chunk.content:
                self._content.append(chunk.content)
            if chunk.thinking:
                self._thinking.append(chunk.thinking)
            self._calls.extend(chunk.tool_calls)
            if self._checkpoint is None:
                self._checkpoint = asyncio.get_running_loop().call_later(CHECKPOINT_S, self._keep)

    def ended(self, error: ProviderError | None, finished_at: float | None) -> ChatMessage:
        """The answer in its final state.

        Args:
            error: Why it is not whole. None when it is.
            finished_at: When the server had said all of it: what follows is bookkeeping, and may take its time.
        """
        if self._checkpoint is not None:
            self._checkpoint.cancel()
        failure = None if error is None else Failure(error.kind, str(error), error.hint, error.status)
        return replace(
            self._answer,
            content="".join(self._content),
            thinking="".join(self._thinking),
            tool_calls=tuple(self._calls),
            model=self.model,
            finish_reason=self._finish_reason,
            outcome="complete" if failure is None else "cancelled" if failure.kind == "cancelled" else "failed",
            failure=failure,
            stats=self._figures(finished_at),
        )

    def _keep(self) -> None:
        self._checkpoint = None
        content, thinking = self._content[self._kept_content :], self._thinking[self._kept_thinking :]
        self._kept_content, self._kept_thinking = len(self._content), len(self._thinking)
        self._recorder.append_to_answer(self._answer.id, "".join(content), "".join(thinking))

    def _figures(self, finished_at: float | None) -> AnswerStats:
        now = self._monotonic() if finished_at is None else finished_at
        rate = self._timing.tokens_per_second
        tokens = self._usage.completion_tokens if self._usage else None
        if rate is None and tokens and self._first is not None and now > self._first:
            rate = tokens / (now - self._first)
        return AnswerStats(
            usage=self._usage,
            first_token_s=None if self._first is None else self._first - self._began,
            total_s=now - self._began,
            tokens_per_second=rate,
        )
