"""The conversations that are held: the one on the screen, and those that go on behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from tui.chat.conversation import Conversation
from tui.chat.message import Image
from tui.chat.turn import ChunkReceived, TurnStarted, TurnUpdate
from tui.ui.turn_watch import TurnWatch

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui.session import Session
    from tui.ui.widgets.message_log import MessageLog


class Prompt(NamedTuple):
    """What the user sends."""

    text: str
    images: tuple[Image, ...] = ()

    written: str = ""
    """What they wrote to send it, where that is not the text: files that go with it are named there."""

    @property
    def again(self) -> str:
        """What to put back into the prompt box, so that it can be sent once more."""
        return self.written or self.text


@dataclass(eq=False)
class Held:
    """One conversation being held. It goes on, whether it is looked at or not."""

    session: Session

    is_temporary: bool = False
    """Whether it is gone when llm-tui ends, unless it is kept after all."""

    turn: Worker[None] | None = None
    """What runs the turn under way. None between turns."""

    watch: TurnWatch = field(default_factory=TurnWatch)

    lined_up: deque[Prompt] = field(default_factory=deque)
    """What is sent when the answer under way has ended, one after the other."""

    draft: str = ""
    """What was written in it and not sent, while it is not on the screen."""

    log: MessageLog | None = None
    """The log of its own that shows it beside others. None for the one of the screen, while it is there."""

    _taken: tuple[int, int, int] = (0, 0, 0)
    """How much of the answer under way was handed on: characters, characters of thinking, tool calls."""

    @property
    def id(self) -> str:
        """Its conversation's."""
        return self.session.conversation.id

    @property
    def is_idle(self) -> bool:
        """Whether nothing goes on in it, and nothing of it is anywhere but in the store."""
        is_elsewhere = not self.is_temporary or not (self.session.conversation.messages or self.draft)
        return self.turn is None and not self.lined_up and is_elsewhere

    @property
    def draft_key(self) -> str:
        """Under which id its draft is kept: nothing is, of a conversation in which nothing was said."""
        return self.id if self.session.conversation.messages else ""

    def take(self, updates: Iterable[TurnUpdate]) -> None:
        """Take note of what has happened, before it is handed on."""
        self.watch.take(updates)
        for update in updates:
            if isinstance(update, TurnStarted):
                answer = update.answer
                self._taken = len(answer.content), len(answer.thinking), len(answer.tool_calls)
            elif isinstance(update, ChunkReceived):
                content, thinking, calls = self._taken
                chunk = update.chunk
                self._taken = (
                    content + len(chunk.content),
                    thinking + len(chunk.thinking),
                    calls + len(chunk.tool_calls),
                )

    @property
    def shown(self) -> Conversation:
        """The conversation as it is to be shown: with what was handed on of the answer under way, and not more."""
        conversation, answer = self.session.conversation, self.session.so_far
        if answer is None:
            return conversation
        content, thinking, calls = self._taken
        return conversation.with_message(
            replace(
                answer,
                content=answer.content[:content],
                thinking=answer.thinking[:thinking],
                tool_calls=answer.tool_calls[:calls],
            )
        )


class Desk:
    """What is held. What is neither on the screen nor under way is put away."""

    def __init__(self) -> None:
        self.here: Held | None = None
        """The one on the screen."""
        self.beside: tuple[Held, ...] = ()
        """Those that answer one prompt beside each other. They are all the same conversation."""
        self._held: dict[str, Held] = {}

    @property
    def held(self) -> tuple[Held, ...]:
        """All of them, in the order in which they were put here."""
        return tuple(self._held.values())

    @property
    def running(self) -> tuple[Held, ...]:
        """Those with a turn under way."""
        return tuple(held for held in (*self.held, *self.beside) if held.turn is not None)

    def find(self, conversation_id: str) -> Held | None:
        """The held conversation with an id. None when it is only in the store."""
        return self._held.get(conversation_id)

    def put(self, held: Held) -> None:
        """Have one on the screen."""
        self.here = self._held[held.id] = held
        self.tidy()

    def drop(self, conversation_id: str) -> None:
        """Hold a conversation no more."""
        dropped = self._held.pop(conversation_id, None)
        if dropped is self.here:
            self.here = None

    def tidy(self) -> None:
        """Put away what is idle and not on the screen."""
        for held in self.held:
            if held is not self.here and held.is_idle:
                del self._held[held.id]
