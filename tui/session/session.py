"""A conversation talking to one provider: send, edit, regenerate, continue."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import takewhile

from tui.chat import ids
from tui.chat.chunk import JSONValue
from tui.chat.context import ContextUse, was_cut
from tui.chat.conversation import Conversation, ToolChoice
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.turn import Stage, ToolProgress, ToolsUnavailable, TurnEnded, TurnUpdate
from tui.providers.base import Provider
from tui.session.context_window import ContextWindow
from tui.session.history import can_answer_results
from tui.session.model_title import generate_title
from tui.session.recorded_conversation import RecordedConversation
from tui.session.recorder import NullRecorder, Recorder
from tui.session.requests import lacks_vision, next_request, without_failed_turns, without_thinking
from tui.session.running_turn import RunningTurn
from tui.session.tool_box import Tools
from tui.session.turn_settings import SendOptions, TurnSettings

__all__ = ["SendOptions", "Session", "TurnSettings", "TurnStream"]

TurnStream = AsyncGenerator[TurnUpdate, None]
"""A turn as it happens. Closing it stops the answer: the connection is closed at once, and what arrived is kept."""


class Session:
    """Owns with what a conversation is sent: provider, model, options and tools, which may change between turns."""

    def __init__(
        self,
        provider: Provider,
        model: str,
        conversation: Conversation | None = None,
        *,
        send_options: SendOptions | None = None,
        find_model: Callable[[], Awaitable[str]] | None = None,
        recorder: Recorder | None = None,
        tools: Tools | None = None,
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
        tools: The tools of the model, and who decides about calls. None for no tools.
        now: The time, in seconds since the epoch.
        monotonic: A monotonic clock, in seconds.
        new_id: Returns a unique id.
        """
        self._provider = provider
        self._model = model
        self._record = RecordedConversation(
            conversation or Conversation(new_id(), created_at=now(), provider=provider.name, model=model),
            recorder or NullRecorder(),
        )
        self.send_options = send_options or SendOptions()
        self.last_turn: TurnEnded | None = None
        """How the last turn ended. The stream of a stopped turn is closed and cannot tell."""
        self.follows_stopped_turn = False
        """Whether the turn before the running one was stopped. Some servers keep working on such an answer."""
        self._tools = tools
        self._running: RunningTurn | None = None
        """The running turn. None between turns."""
        self._reported_reasons: set[str] = set()
        """Why tools were not offered, as far as the user was told."""
        self._context_window = ContextWindow()
        self._find_model = find_model
        self._now = now
        self._monotonic = monotonic
        self._new_id = new_id

    @property
    def conversation(self) -> Conversation:
        """The messages so far."""
        return self._record.conversation

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
        return None if self._running is None else self._running.stage

    @property
    def is_running(self) -> bool:
        """Whether a turn is running."""
        return self._running is not None

    @property
    def tool_progress(self) -> Mapping[str, ToolProgress]:
        """How far each running tool call is, by the id of its message."""
        return {} if self._running is None else self._running.tool_progress

    @property
    def partial_answer(self) -> ChatMessage | None:
        """The running answer with what has arrived of it. None between answers."""
        return None if self._running is None else self._running.partial_answer

    @property
    def system_prompt(self) -> str:
        """The system prompt of the next request: the conversation's own, else the provider's."""
        own = self.conversation.system_prompt
        return self.send_options.system_prompt if own is None else own

    @property
    def options(self) -> Mapping[str, JSONValue]:
        """The options of the next request: the provider's, overridden by the conversation's own."""
        return {**self.send_options.options, **self.conversation.options}

    @property
    def settings(self) -> TurnSettings:
        """What the next turn is sent with, unless its prompt was queued with other settings."""
        return TurnSettings(
            self._provider,
            self._model,
            self.system_prompt,
            self.options,
            self.send_options,
            self._find_model,
            self._tools,
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

    def use_tools(self, tools: Tools | None, choice: ToolChoice) -> None:
        """Use other tools from the next turn on. None for no tools. The conversation keeps the choice of them."""
        self._tools = tools
        self._record.conversation = replace(self.conversation, tools=choice)

    def replace_conversation(self, conversation: Conversation) -> None:
        """Continue from another state of the conversation: another branch, title, or fewer messages."""
        self._record.conversation = conversation

    def configure(self, system_prompt: str | None, options: Mapping[str, JSONValue]) -> None:
        """Set the conversation's own system prompt and options, from the next turn on."""
        before = without_thinking(self.conversation.options)
        self._context_window.forget_count()
        self._record.conversation = replace(self.conversation, system_prompt=system_prompt, options=dict(options))
        if without_thinking(options) != before:
            self._context_window.forget()

    def attach_recorder(self, recorder: Recorder) -> None:
        """Save from now on. The caller saves what there is so far."""
        self._record.recorder = recorder
        if self._running is not None:
            self._running.attach_recorder(recorder)

    # The context.

    @property
    def context(self) -> ContextUse | None:
        """How much of the model's context the conversation takes. None while no server has counted its tokens."""
        return self._context_window.use(self._provider, self._model, self.conversation.path)

    @property
    def was_cut(self) -> bool:
        """Whether the server dropped the beginning of the conversation for the last answer."""
        return self._context_window.was_cut(self._provider, self._model, self.conversation.path)

    def was_cut_to(self, window: object) -> bool:
        """Whether the last prompt filled a window of `window` tokens, and so was cut to it.

        Args:
            window: An option as the user set it; anything but a whole number is never filled.
        """
        return isinstance(window, int) and self.last_turn is not None and was_cut((self.last_turn.answer,), window)

    async def refresh_context_window(self) -> None:
        """Ask the server for the size of the context, and what of it is used, unless it never counts tokens."""
        if self._model and self.context is not None:
            # Tools count too, and only a turn knows their definitions.
            can_count = not self.is_running and self._tools is None
            request = next_request(self._model, self.system_prompt, self.options, self.conversation.path)
            last = self.conversation.path[-1] if can_count else None
            await self._context_window.refresh(self._provider, request, last)

    # Small questions to the server.

    async def lacks_vision(self) -> bool:
        """Whether the model is known not to accept images. The model is not loaded for that."""
        return await lacks_vision(self._provider, self._model)

    async def generate_title(self) -> str:
        """A title that the model makes from the first messages; empty if it gives none. Not a turn."""
        return await generate_title(self._provider, self._model, self.options, self.conversation)

    async def poll_activity(self) -> None:
        """While the server keeps us waiting, ask what it is doing, where it can be asked."""
        if self._running is not None:
            await self._running.poll_activity()

    @property
    def can_answer_now(self) -> bool:
        """Whether the model is thinking, and the server may be able to end that."""
        return self._running is not None and self._running.can_answer_now

    async def answer_now(self) -> bool:
        """End the thinking of the running answer, so that the model writes its answer now.

        Returns:
            Whether the server did so. False if the model is not thinking, or the server cannot.

        Raises:
            ProviderError: If the server cannot be reached.
        """
        return self._running is not None and await self._running.answer_now()

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
        path = without_failed_turns(self.conversation.path)
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
        old = self.conversation.messages[prompt_id]
        path = self.conversation.at(old.parent_id).path
        images = (*old.images, *(image for image in images if image not in old.images))
        prompt = replace(old, id=self._new_id(), content=text, images=images, created_at=self._now())
        return self._run(self.settings, path, prompt)

    def regenerate(self, message_id: str | None = None) -> TurnStream | None:
        """Ask for another answer; the old one stays as another version. None when there is no prompt to answer.

        Args:
            message_id: The answer, or its prompt. None for the last one.
        """
        conversation = self.conversation
        path = conversation.path if message_id is None else conversation.at(message_id).path
        while path and path[-1].role != "user":
            path = path[:-1]
        return self._run(self.settings, path[:-1], path[-1]) if path else None

    @property
    def can_continue(self) -> bool:
        """Whether the last answer is incomplete, and the provider can continue it: if need be, in its thinking.

        What can also continue is a turn that ended with tool results, or before the text of the answer to them.
        """
        path = self.conversation.path
        if len(path) < 2 or not any(message.role == "user" for message in path):
            return False
        if path[-1].role == "tool" or can_answer_results(path):
            return True
        return path[-2].role in ("user", "tool") and self._can_continue_text(path[-1])

    def continue_answer(self) -> TurnStream | None:
        """Continue the last answer where it was cut, stopped or ran into its length. None when it is complete.

        The partial answer is sent back as the last message. What the server repeats of it is removed. Without text, and
        after tool results, the request is sent again: the tools do not run again.
        """
        path = self.conversation.path
        if not self.can_continue:
            return None
        rounds = tuple(takewhile(lambda message: message.role != "user", reversed(path)))[::-1]
        history, prompt = path[: -len(rounds) - 1], path[-len(rounds) - 1]
        partial = None
        if rounds[-1].role == "assistant":
            partial = rounds[-1] if self._can_continue_text(rounds[-1]) else None
            rounds = rounds[:-1]
        return self._run(self.settings, history, prompt, partial, rounds)

    def _can_continue_text(self, answer: ChatMessage) -> bool:
        return answer.can_continue or (answer.stopped_while_thinking and self._provider.continues_thinking)

    async def _run(
        self,
        settings: TurnSettings,
        history: tuple[ChatMessage, ...],
        prompt: ChatMessage,
        partial: ChatMessage | None = None,
        rounds: tuple[ChatMessage, ...] = (),
    ) -> TurnStream:
        """A turn.

        Args:
            settings: What to send it with.
            history: The messages before the prompt.
            prompt: The prompt.
            partial: The answer to continue. None asks for a new one.
            rounds: The answers with tool calls that there are to the prompt, with their results.
        """
        self.follows_stopped_turn = self.last_turn is not None and self.last_turn.answer.outcome == "cancelled"
        self.last_turn = None

        def use_found(model: str) -> None:
            if not self._model and self._provider is settings.provider:
                self._model = model

        self._running = running = RunningTurn(
            settings,
            self._record,
            history,
            prompt,
            partial,
            rounds,
            on_model_found=use_found,
            now=self._now,
            monotonic=self._monotonic,
            new_id=self._new_id,
        )
        try:
            async with contextlib.aclosing(running.updates()) as updates:
                async for update in updates:
                    if not isinstance(update, ToolsUnavailable) or self._is_news(update.reason):
                        yield update
        finally:
            self._running = None
            self.last_turn = running.ended
        assert running.ended is not None
        yield running.ended

    def _is_news(self, reason: str) -> bool:
        """Whether the user is to be told why tools are not offered: each reason once."""
        if reason in self._reported_reasons:
            return False
        self._reported_reasons.add(reason)
        return True
