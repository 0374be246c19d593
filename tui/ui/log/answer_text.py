"""What a model says, as it comes: thinking and answer told apart, each ready to be laid out."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.thinking import ThinkingSplitter
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Look
from tui.ui.markdown.plain import PlainDocument

_THINKING = Look("thinking", italic=True)


class AnswerText:
    """The text of an answer. It takes chunks until it is finished."""

    def __init__(self) -> None:
        self.thinking = PlainDocument("", _THINKING)
        self.answer = MarkdownDocument(finished=False)
        self.calls: list[ToolCall] = []
        self.thought_words = 0
        self.has_thinking = False
        self.has_answer = False
        self.content_taken = 0
        """Characters of the message's content that have come here."""
        self.thinking_taken = 0
        """The same of its thinking."""
        self._splitter = ThinkingSplitter()
        self._is_inside_word = False

    def grow(self, chunk: StreamingChunk) -> None:
        """Take more of the answer."""
        self.content_taken += len(chunk.content)
        self.thinking_taken += len(chunk.thinking)
        split = self._splitter.feed(chunk.content)
        self._take(chunk.thinking + split.thinking, split.answer)
        self.calls.extend(chunk.tool_calls)

    def finish(self) -> None:
        """Nothing follows."""
        self._take(*self._splitter.finish())
        self.answer.finish()

    def drop(self) -> None:
        """Forget every line. They are made again when they are wanted."""
        self.thinking.drop()
        self.answer.drop()

    def _take(self, thinking: str, answer: str) -> None:
        if thinking:
            self.has_thinking = True
            self.thinking.append(thinking)
            self.thought_words += len(thinking.split()) - (self._is_inside_word and not thinking[0].isspace())
            self._is_inside_word = not thinking[-1].isspace()
        if answer:
            self.has_answer = True
            self.answer.append(answer)
