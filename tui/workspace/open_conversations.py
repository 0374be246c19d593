"""Which conversations are open, and which of them is current."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tui.chat.conversation import Conversation
from tui.workspace.open_conversation import OpenConversation


class OpenConversations:
    """The open conversations by id. One that is neither current nor doing anything is closed: the store has it."""

    def __init__(self) -> None:
        self.current: OpenConversation | None = None
        """The conversation on screen. None while one is being loaded, and until the first provider is chosen."""
        self.compared: tuple[OpenConversation, ...] = ()
        """Answers to one prompt that stream side by side. All of them are the same conversation."""
        self._by_id: dict[str, OpenConversation] = {}

    def __iter__(self) -> Iterator[OpenConversation]:
        """All of them, in the order in which they were opened."""
        return iter(tuple(self._by_id.values()))

    @property
    def running(self) -> tuple[OpenConversation, ...]:
        """Those with a running turn, answers that are compared included."""
        return tuple(each for each in (*self, *self.compared) if each.is_running)

    def find(self, conversation_id: str) -> OpenConversation | None:
        """The open conversation with an id. None when it is only in the store."""
        return self._by_id.get(conversation_id)

    def set_current(self, conversation: OpenConversation) -> None:
        """Open a conversation, and make it the current one."""
        self.current = self._by_id[conversation.id] = conversation
        self.close_idle()

    def leave_current(self) -> None:
        """No conversation is current until another one is loaded."""
        self.current = None

    def close_idle(self) -> None:
        """Close conversations in the background that have nothing left to do."""
        for conversation in self:
            if conversation is not self.current and conversation.is_idle:
                del self._by_id[conversation.id]

    def drop(self, conversation_id: str) -> None:
        """Close a conversation, whatever it is doing."""
        dropped = self._by_id.pop(conversation_id, None)
        if dropped is not None and dropped is self.current:
            self.current = None

    def compare(self, answers: Sequence[OpenConversation]) -> None:
        """Let answers stream side by side; an empty sequence ends that."""
        for answer in self.compared:
            answer.is_compared = False
        self.compared = tuple(answers)
        for answer in self.compared:
            answer.is_compared = True

    def with_compared(self, origin: OpenConversation, chosen: OpenConversation) -> Conversation:
        """The conversation of a compared answer, with the others as its versions. Its head and path stay."""
        messages = dict(origin.session.conversation.messages)
        for answer in (*self.compared, chosen):
            messages |= answer.session.conversation.messages
        return replace(chosen.session.conversation, messages=messages)
