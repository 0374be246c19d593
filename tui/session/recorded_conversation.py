"""A conversation in its present state, and where its turns are saved."""

from __future__ import annotations

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.session.recorder import Recorder


class RecordedConversation:
    """Owns the present state of a conversation. The messages of a turn are added and saved together."""

    def __init__(self, conversation: Conversation, recorder: Recorder) -> None:
        """Args:
        conversation: The messages so far.
        recorder: Saves the turns.
        """
        self.conversation = conversation
        """The messages so far. The message of a running answer has the text that it began with."""
        self.recorder = recorder
        """Saves the turns."""

    def begin(self, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Save an answer that begins to stream, and its prompt. The conversation has both already."""
        self.recorder.begin_turn(self.conversation, prompt, answer)

    def end(self, message: ChatMessage, *following: ChatMessage) -> None:
        """Put a message in its final or present state in its place, and save it.

        Args:
            message: An answer, or the result of a tool call.
            following: Messages that come after it. They are not saved yet.
        """
        changed = self.conversation.with_message(message)
        self.conversation = changed.append(*following) if following else changed
        self.recorder.end_turn(self.conversation, message)
