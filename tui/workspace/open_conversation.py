"""A conversation that is open: its session, its queue of prompts, its draft."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from tui.chat.conversation import Conversation
from tui.chat.turn import AnswerStarted, ChunkReceived, ToolCallsReceived, TurnStarted, TurnUpdate
from tui.light_dataclass import dataclass
from tui.workspace.prompt import Prompt
from tui.workspace.turn_stats import TurnStats

if TYPE_CHECKING:
    from tui.providers.base import Provider
    from tui.session.session import Session
    from tui.workspace.conversation_tools import ConversationTools
    from tui.workspace.tasks import Running


@dataclass(eq=False)
class OpenConversation:
    """One open conversation. It continues whether it is on screen or not."""

    session: Session

    is_temporary: bool = False
    """Whether it is discarded on exit, unless the user saves it."""

    is_compared: bool = False
    """Whether it is one of several answers that are compared. The end of one changes nothing but itself."""

    tools: ConversationTools | None = None
    """Who decides about its tool calls. None while that is not needed. Set by the workspace of tools alone."""

    running: Running | None = None
    """The task of the running turn. None between turns. Set by the turn runner alone."""

    turn_began: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the turn that was started last has recorded its prompt, with the model and options of that moment."""

    started_prompt: str = ""
    """The prompt of the turn that was started last, as typed. Empty for a turn without a new prompt."""

    stats: TurnStats = field(default_factory=TurnStats)
    """Times and rates of the running turn, or of the last one."""

    queue: deque[Prompt] = field(default_factory=deque)
    """Prompts to send when the running answer has ended, one after the other."""

    draft: str = ""
    """Unsent text, while it is not the current conversation. The composer has it while it is."""

    _delivered: tuple[int, int, int] = (0, 0, 0)
    """How much of the running answer was delivered to the sink: characters of text, of thinking, and tool calls."""

    _delivered_id: str = ""
    """The last message of the running turn that was delivered to the sink, by its id."""

    @property
    def id(self) -> str:
        """The id of the conversation."""
        return self.session.conversation.id

    @property
    def is_running(self) -> bool:
        """Whether a turn is running."""
        return self.running is not None

    @property
    def is_idle(self) -> bool:
        """Whether it can be closed without losing anything: all of it is in the store."""
        is_saved = not self.is_temporary or not (self.session.conversation.messages or self.draft)
        return not self.is_running and not self.queue and is_saved

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """Texts that are neither recorded nor in the composer: of a turn that has not begun, and of the queue."""
        starting = [self.started_prompt] if self.is_running and not self.turn_began.is_set() else []
        return tuple(filter(None, [*starting, *(prompt.original_text for prompt in self.queue)]))

    @property
    def draft_key(self) -> str:
        """The id under which its draft is saved. Empty while it has no messages: then it is not saved itself."""
        return self.id if self.session.conversation.messages else ""

    def reconnect_queue(self, providers: Mapping[str, Provider]) -> None:
        """Send queued prompts through new objects of their providers.

        Args:
            providers: The new objects by name. Prompts for other providers stay as they are.
        """
        for index, prompt in enumerate(self.queue):
            settings = prompt.settings
            if settings is not None and (provider := providers.get(settings.provider.name)) is not None:
                self.queue[index] = prompt._replace(settings=replace(settings, provider=provider))

    def expect_turn(self) -> None:
        """A turn is about to start: nothing of it was recorded or delivered yet."""
        self.turn_began.clear()
        self._delivered_id = ""

    def record(self, updates: Iterable[TurnUpdate]) -> None:
        """Record what is about to be delivered to the sink."""
        self.stats.record(updates)
        for update in updates:
            if isinstance(update, TurnStarted | AnswerStarted):
                answer = update.answer
                self._delivered_id = answer.id
                self._delivered = len(answer.content), len(answer.thinking), len(answer.tool_calls)
            elif isinstance(update, ToolCallsReceived):
                self._delivered_id = update.results[-1].id
            elif isinstance(update, ChunkReceived):
                content, thinking, calls = self._delivered
                chunk = update.chunk
                self._delivered = (
                    content + len(chunk.content),
                    thinking + len(chunk.thinking),
                    calls + len(chunk.tool_calls),
                )

    @property
    def delivered(self) -> Conversation:
        """The conversation with no more of the running turn than was delivered to the sink.

        A log that shows this can apply the next update: nothing is missing, and nothing is shown twice.
        """
        conversation, answer = self.session.conversation, self.session.partial_answer
        if not self.session.is_running or self._delivered_id not in conversation.messages:
            return conversation
        last = conversation.messages[self._delivered_id]
        if answer is not None and answer.id == last.id:
            last = answer
        if last.role == "assistant":
            content, thinking, calls = self._delivered
            last = replace(
                last,
                content=last.content[:content],
                thinking=last.thinking[:thinking],
                tool_calls=last.tool_calls[:calls],
                # It may have ended, but its end was not delivered.
                outcome="streaming",
                failure=None,
            )
        return conversation.with_message(last).at(last.id)
