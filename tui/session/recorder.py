"""Where a session's turns are saved. The store implements it; a temporary conversation has none."""

from __future__ import annotations

from typing import Protocol

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage


class Recorder(Protocol):
    """Saves turns as they happen. No method waits or raises: the implementation reports what it could not save."""

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Save a prompt and the still empty answer to it; also the next answer of a turn, after tool results."""
        ...

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Save more text of a streaming answer."""
        ...

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Save an answer in its final state, or a tool result in its present one, with what was added before it."""
        ...


class NullRecorder:
    """Saves nothing: for temporary conversations."""

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Does nothing."""

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Does nothing."""

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Does nothing."""
