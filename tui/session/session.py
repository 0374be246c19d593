"""A conversation talking to one provider: send, edit, regenerate, continue."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tui.chat import ids
from tui.chat.chunk import JSONValue, StreamingChunk
from tui.chat.context import ContextUse, was_cut
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage, Image
from tui.chat.model_info import ChatRequest, Endpoint
from tui.chat.titles import MAX_ANSWER_CHARACTERS, answer_prefix, parse_title, title_request
from tui.chat.turn import ServerActivity, Stage, TurnEnded, TurnRetried, TurnStarted, TurnUpdate
from tui.errors import ProviderError
from tui.providers.base import Provider
from tui.session.context_window import ContextWindow
from tui.session.history import messages_to_send
from tui.session.recorder import NullRecorder, Recorder
from tui.session.turn import Turn

TurnStream = AsyncGenerator[TurnUpdate, None]
"""A turn as it happens. Closing it stops the answer: the connection is closed at once, and what arrived is kept."""

_CONNECTING: Final = ServerActivity("connecting")


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How prompts are sent where the conversation has no settings of its own."""

    system_prompt: str = ""
    options: Mapping[str, JSONValue] = field(default_factory=dict)
    stream: bool = True
    endpoint: Endpoint = "chat"

    remember: bool = True
    """False does not gather the answer: its chunks are all there is, and memory stays flat however long it is."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """What a turn is sent with. A prompt that is queued keeps those of the moment it was queued."""

    provider: Provider
    """The provider that answers."""

    model: str
    """One of its models. Empty where `find_model` names it when the turn begins."""

    system_prompt: str
    """The system prompt; may be empty."""

    options: Mapping[str, JSONValue]
    """The options of the request."""

    send_options: SendOptions
    """How the request is sent."""

    find_model: Callable[[], Awaitable[str]] | None = None
    """Names a model of the provider. None leaves the choice to the server."""


class Session:
    """One conversation, with a provider and model that may change between turns."""

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
        new_id: Callable[[], str] = ids.new_id,
    ) -> None:
        """Args:
        provider: The provider that answers.
        model: One of its models. Empty where `find_model` names it when it is first needed.
        conversation: The earlier messages. None starts a new conversation.
        send_options: System prompt, options and the like.
        find_model: Names a model of the provider. None leaves the choice to the server.
        recorder: Saves the turns. None saves nothing.
        now: The time, in seconds since the epoch.
        monotonic: A monotonic clock, in seconds.
        new_id: Returns a unique id.
        """
        self._provider = provider
        self._model = model
        self._conversation = conversation or Conversation(
            new_id(), created_at=now(), provider=provider.name, model=model
        )
        self.send_options = send_options or SendOptions()
        self.last_turn: TurnEnded | None = None
        """How the last turn ended. The stream of a stopped turn is closed and cannot tell."""
        self.follows_stopped_turn = False
        """Whether the turn before the running one was stopped. Some servers keep working on such an answer."""
        self._turn: Turn | None = None
        self._answering: Provider = provider
        """The provider of the running turn, or of the last one."""
        self._context_window = ContextWindow()
        self._find_model = find_model
        self._recorder: Recorder = recorder or NullRecorder()
        self._now = now
        self._monotonic = monotonic
        self._new_id = new_id

    @property
    def conversation(self) -> Conversation:
        """The messages so far."""
        return self._conversation

    @property
    def provider(self) -> Provider:
        """The provider that answers the next prompt."""
        return self._provider

    @property
    def model(self) -> str:
        """The model that answers the next prompt. Empty while it is not known."""
        return self._model

    @property
    def stage(self) -> Stage | None:
        """What the running turn is waiting for. None between turns."""
        return None if self._turn is None else self._turn.stage

    @property
    def partial_answer(self) -> ChatMessage | None:
        """The running answer with what has arrived of it. None between turns."""
        return None if self._turn is None else self._turn.builder.partial_answer

    @property
    def system_prompt(self) -> str:
        """The system prompt of the next request: the conversation's own, else the provider's."""
        own = self._conversation.system_prompt
        return self.send_options.system_prompt if own is None else own

    @property
    def options(self) -> Mapping[str, JSONValue]:
        """The options of the next request: the provider's, overridden by the conversation's own."""
        return {**self.send_options.options, **self._conversation.options}

    @property
    def settings(self) -> TurnSettings:
        """What the next turn is sent with, unless its prompt was queued with other settings."""
        return TurnSettings(
            self._provider, self._model, self.system_prompt, self.options, self.send_options, self._find_model
        )

    # Changes between turns.

    def use_provider(
        self,
        provider: Provider,
        model: str,
        send_options: SendOptions,
        find_model: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """Use another provider from the next turn on. See `__init__`."""
        self._provider = provider
        self._model = model
        self.send_options = send_options
        self._find_model = find_model
        self._context_window.forget()

    def use_model(self, model: str) -> None:
        """Use another model of the provider from the next turn on."""
        self._model = model

    def replace_conversation(self, conversation: Conversation) -> None:
        """Continue from another state of the conversation: another branch, title, or fewer messages."""
        self._conversation = conversation

    def configure(self, system_prompt: str | None, options: Mapping[str, JSONValue]) -> None:
        """Set the conversation's own system prompt and options, from the next turn on."""
        self._conversation = replace(self._conversation, system_prompt=system_prompt, options=dict(options))
        self._context_window.forget()

    def attach_recorder(self, recorder: Recorder) -> None:
        """Save from now on. The caller saves what there is so far."""
        self._recorder = recorder
        if self._turn is not None:
            self._turn.builder.attach_recorder(recorder)

    # The context.

    @property
    def context(self) -> ContextUse | None:
        """How much of the model's context the conversation takes. None while no server has counted its tokens."""
        return self._context_window.use(self._provider, self._model, self._conversation.path)

    @property
    def was_cut(self) -> bool:
        """Whether the server dropped the beginning of the conversation for the last answer."""
        return self._context_window.was_cut(self._provider, self._model, self._conversation.path)

    def was_cut_to(self, window: object) -> bool:
        """Whether the last prompt filled a window of `window` tokens, and so was cut to it.

        Args:
            window: An option as the user set it; anything but a whole number is never filled.
        """
        return isinstance(window, int) and self.last_turn is not None and was_cut((self.last_turn.answer,), window)

    async def refresh_context_window(self) -> None:
        """Ask the server how many tokens the model is loaded with, unless it never counts tokens."""
        if self._model and self.context is not None:
            await self._context_window.refresh(self._provider, self._model, self.options)

    # Small questions to the server.

    async def lacks_vision(self) -> bool:
        """Whether the model is known not to accept images. The model is not loaded for that."""
        try:
            described = await self._provider.describe_model(self._model)
        except ProviderError:
            # An unknown ability is not a missing one.
            return False
        return bool(described.capabilities) and "vision" not in described.capabilities

    async def generate_title(self) -> str:
        """A title that the model makes from the first messages; empty if it gives none. Not a turn."""
        question = title_request(self._conversation)
        if not question:
            return ""
        messages = messages_to_send("", question[:-1], question[-1])
        request = ChatRequest(model=self._model, messages=messages, options=self.options)
        answer = answer_prefix(self._conversation)
        thought = 0
        # The conversation has a title already, so a failure needs no report.
        with contextlib.suppress(ProviderError):
            async with contextlib.aclosing(self._provider.stream_chat(request)) as events:
                async for event in events:
                    if isinstance(event, StreamingChunk):
                        answer += event.content
                        thought += len(event.thinking)
                    title = parse_title(answer) if thought <= MAX_ANSWER_CHARACTERS else ""
                    if title is not None:
                        return title
            return parse_title(f"{answer}\n") or ""
        return ""

    async def poll_activity(self) -> None:
        """While the server keeps us waiting, ask what it is doing, where it can be asked."""
        turn, stage = self._turn, self.stage
        if turn is None or stage is None or stage.name not in ("waiting", "queued", "loading"):
            return
        activity = None
        # The answer may still come, so a failed question needs no report.
        with contextlib.suppress(ProviderError):
            activity = await self._answering.server_activity(turn.builder.model)
        if turn.stage is stage:
            turn.enter(activity or ServerActivity("waiting"))

    @property
    def can_answer_now(self) -> bool:
        """Whether the model is thinking, and the server may be able to end that."""
        turn, stage = self._turn, self.stage
        return turn is not None and turn.answer_id is not None and stage is not None and stage.name == "thinking"

    async def answer_now(self) -> bool:
        """End the thinking of the running answer, so that the model writes its answer now.

        Returns:
            Whether the server did so. False if the model is not thinking, or the server cannot.

        Raises:
            ProviderError: If the server cannot be reached.
        """
        turn = self._turn
        if turn is None or turn.answer_id is None or not self.can_answer_now:
            return False
        return await self._answering.end_thinking(turn.builder.model, turn.answer_id)

    # Turns.

    def send(self, text: str, images: tuple[Image, ...] = (), *, settings: TurnSettings | None = None) -> TurnStream:
        """Send a prompt; returns the turn as it happens.

        Turns at the end of the conversation whose answer failed before any text arrived are left out: the prompt
        follows what came before them.

        Args:
            text: The prompt.
            images: Images sent along.
            settings: What to send it with. None for the settings of the session at this moment.
        """
        path = _without_failed_turns(self._conversation.path)
        prompt = ChatMessage(
            id=self._new_id(),
            role="user",
            content=text,
            parent_id=path[-1].id if path else None,
            created_at=self._now(),
            images=images,
        )
        return self._run(settings or self.settings, path, prompt)

    def edit(self, prompt_id: str, text: str, images: tuple[Image, ...] = ()) -> TurnStream:
        """Send another prompt in the place of an earlier one, which stays as another version.

        Args:
            prompt_id: The earlier prompt. Its images are sent again.
            text: The new text.
            images: More images.
        """
        old = self._conversation.messages[prompt_id]
        path = self._conversation.at(old.parent_id).path
        images = (*old.images, *(image for image in images if image not in old.images))
        prompt = replace(old, id=self._new_id(), content=text, images=images, created_at=self._now())
        return self._run(self.settings, path, prompt)

    def regenerate(self, message_id: str | None = None) -> TurnStream | None:
        """Ask for another answer; the old one stays as another version. None when there is no prompt to answer.

        Args:
            message_id: The answer, or its prompt. None for the last one.
        """
        conversation = self._conversation
        path = conversation.path if message_id is None else conversation.at(message_id).path
        while path and path[-1].role != "user":
            path = path[:-1]
        return self._run(self.settings, path[:-1], path[-1]) if path else None

    @property
    def can_continue(self) -> bool:
        """Whether the last answer is incomplete, and the provider can continue it: if need be, in its thinking."""
        path = self._conversation.path
        if len(path) < 2 or path[-2].role != "user":
            return False
        return path[-1].can_continue or (path[-1].stopped_while_thinking and self._provider.continues_thinking)

    def continue_answer(self) -> TurnStream | None:
        """Continue the last answer where it was cut, stopped or ran into its length. None when it is complete.

        The partial answer is sent back as the last message. What the server repeats of it is removed.
        """
        path = self._conversation.path
        return self._run(self.settings, path[:-2], path[-2], path[-1]) if self.can_continue else None

    async def _run(
        self,
        settings: TurnSettings,
        history: tuple[ChatMessage, ...],
        prompt: ChatMessage,
        partial: ChatMessage | None = None,
    ) -> TurnStream:
        provider, model = settings.provider, settings.model
        answer = replace(
            partial or ChatMessage(self._new_id(), "assistant", "", parent_id=prompt.id, created_at=self._now()),
            provider=provider.name,
            model=model,
            finish_reason=None,
            outcome="streaming",
            failure=None,
            options=settings.options,
        )
        self.follows_stopped_turn = self.last_turn is not None and self.last_turn.answer.outcome == "cancelled"
        self.last_turn = None
        self._conversation = replace(self._conversation.append(prompt, answer), provider=provider.name, model=model)
        self._recorder.begin_turn(self._conversation, prompt, answer)
        self._turn = turn = Turn(
            answer,
            self._recorder,
            self._monotonic,
            continues=partial is not None,
            remember=settings.send_options.remember,
        )
        self._answering = provider
        try:
            yield TurnStarted(prompt, answer)
            if not model and settings.find_model is not None:
                turn.enter(_CONNECTING)
                model = turn.builder.model = await settings.find_model()
                self._conversation = replace(self._conversation, model=model)
                if not self._model and self._provider is provider:
                    self._model = model
            async with contextlib.aclosing(
                provider.stream_chat(_request(settings, model, history, prompt, partial), turn.enter)
            ) as events:
                async for event in events:
                    if isinstance(event, TurnRetried):
                        turn.wait_for_retry(event)
                        yield event
                    else:
                        yield turn.consume(event)
            if (rest := turn.succeed()) is not None:
                yield rest
        except ProviderError as failure:
            turn.error = failure
        finally:
            self._turn = None
            self.last_turn = ended = turn.end()
            self._conversation = self._conversation.with_message(ended.answer)
            self._recorder.end_turn(self._conversation, ended.answer)
        yield ended


def _request(
    settings: TurnSettings,
    model: str,
    history: tuple[ChatMessage, ...],
    prompt: ChatMessage,
    partial: ChatMessage | None,
) -> ChatRequest:
    if settings.send_options.endpoint == "generate":
        # It takes a single prompt, with which earlier ones without an answer must not be joined.
        history = ()
    return ChatRequest(
        model=model,
        messages=messages_to_send(settings.system_prompt, history, prompt, partial),
        options=settings.options,
        stream=settings.send_options.stream,
        endpoint=settings.send_options.endpoint,
    )


def _without_failed_turns(path: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """The path without turns at its end whose answer failed before any text arrived."""
    while path and (
        (path[-1].role == "assistant" and path[-1].is_empty and path[-1].failure) or path[-1].role == "user"
    ):
        path = path[:-1]
    return path
