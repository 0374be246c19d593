"""The text of an answer as it streams in: thinking and answer separated, each ready to be laid out."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.safe_text import is_blank
from tui.chat.thinking import ThinkingSplitter
from tui.ui.log.document_lines import DocumentLines
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Look
from tui.ui.markdown.plain import PlainDocument

_THINKING = Look("thinking", italic=True)

_AT_ONCE = 4_000
"""Characters of the answer that are parsed as they arrive. More wait until `feed` is called."""


class AnswerText:
    """The text of an answer. Accepts chunks until it is finished."""

    def __init__(self) -> None:
        self.thinking = PlainDocument("", _THINKING)
        self.answer = MarkdownDocument(finished=False)
        self.answer_lines = DocumentLines(self.answer)
        self.tool_calls: list[ToolCall] = []
        self.thinking_words = 0
        self.has_thinking = False
        self.has_answer = False
        self.has_text = False
        """Whether the answer has a character that is not blank."""
        self.content_size = 0
        """Characters of the message's content that were appended."""
        self.thinking_size = 0
        """Characters of the message's thinking that were appended."""
        self._splitter = ThinkingSplitter()
        self._shown: list[str] = []
        """The answer text so far, which may turn out to be thinking."""
        self._is_inside_word = False
        self._waiting = ""
        """Content of which the first `_fed` characters have been parsed."""
        self._fed = 0
        self._is_ended = False

    def append(self, chunk: StreamingChunk) -> None:
        """Add the next chunk of the answer."""
        self.content_size += len(chunk.content)
        self.thinking_size += len(chunk.thinking)
        self._append(chunk.thinking, "")
        self.tool_calls.extend(chunk.tool_calls)
        self._waiting = self._waiting[self._fed :] + chunk.content
        self._fed = 0
        if len(self._waiting) <= _AT_ONCE:
            self.feed()

    @property
    def is_waiting(self) -> bool:
        """Whether content waits to be parsed."""
        return self._fed < len(self._waiting)

    @property
    def waiting(self) -> str:
        """The content that waits to be parsed."""
        return self._waiting[self._fed :]

    def feed(self, size: int | None = None) -> None:
        """Parse content that waits.

        Args:
            size: The most characters to parse. None for all.
        """
        piece = self._waiting[self._fed : None if size is None else self._fed + size]
        self._fed += len(piece)
        split = self._splitter.feed(piece)
        thinking = split.thinking
        if split.retracts:
            thinking = "".join([*self._shown, thinking])
            self._shown.clear()
            self.answer = MarkdownDocument(finished=False)
            self.answer_lines = DocumentLines(self.answer)
            self.has_answer = self.has_text = False
        self._append(thinking, split.answer)
        if not self.is_waiting:
            self._waiting, self._fed = "", 0
            if self._is_ended:
                rest = self._splitter.finish()
                self._append(rest.thinking, rest.answer)
                self._shown.clear()
                self.answer.finish()

    def finish(self) -> None:
        """End the text: no chunk follows. Content may still wait to be parsed."""
        self._is_ended = True
        if not self.is_waiting:
            self.feed()

    def drop_lines(self) -> None:
        """Free the cached lines. They are laid out again on demand."""
        self.thinking.drop_lines()
        self.answer_lines.drop_lines()

    def _append(self, thinking: str, answer: str) -> None:
        if thinking:
            self.has_thinking = True
            self.thinking.append(thinking)
            self.thinking_words += len(thinking.split()) - (self._is_inside_word and not thinking[0].isspace())
            self._is_inside_word = not thinking[-1].isspace()
        if answer:
            self.has_answer = True
            self.has_text = self.has_text or not is_blank(answer)
            self.answer.append(answer)
            if self._splitter.may_retract:
                self._shown.append(answer)
            else:
                self._shown.clear()
