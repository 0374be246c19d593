"""The text of an answer as it streams in: thinking and answer separated, each ready to be laid out."""

from __future__ import annotations

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.growing_text import GrowingText
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
        self._as_sent: GrowingText | None = None
        """The answer text as it was sent, which may turn out to be thinking. None if the document has the same."""
        self._is_inside_word = False
        self._waiting = ""
        """Content of which the first `_fed` characters have been parsed."""
        self._fed = 0
        self._waiting_newlines = 0
        """The newlines in what was not parsed."""
        self._is_ended = False

    def append(self, chunk: StreamingChunk) -> None:
        """Add the next chunk of the answer."""
        self.content_size += len(chunk.content)
        self.thinking_size += len(chunk.thinking)
        self._append(chunk.thinking, "")
        self.tool_calls.extend(chunk.tool_calls)
        self._waiting = self._waiting[self._fed :] + chunk.content
        self._waiting_newlines += chunk.content.count("\n")
        self._fed = 0
        if len(self._waiting) <= _AT_ONCE:
            self.feed()

    @property
    def is_waiting(self) -> bool:
        """Whether content waits to be parsed."""
        return self._fed < len(self._waiting)

    def waiting_lines(self, width: int) -> int:
        """The approximate number of lines of the content that waits to be parsed."""
        return self._waiting_newlines + (len(self._waiting) - self._fed) // max(20, width)

    def feed(self, size: int | None = None) -> None:
        """Parse content that waits.

        Args:
            size: The most characters to parse. None for all.
        """
        piece = self._waiting[self._fed : None if size is None else self._fed + size]
        self._fed += len(piece)
        self._waiting_newlines -= piece.count("\n")
        split = self._splitter.feed(piece)
        thinking = split.thinking
        if split.retracts:
            shown = self.answer.text_until(self.answer.size) if self._as_sent is None else self._as_sent.text
            thinking = shown + thinking
            self._as_sent = None
            self.answer = MarkdownDocument(finished=False)
            self.answer_lines = DocumentLines(self.answer)
            self.has_answer = self.has_text = False
        self._append(thinking, split.answer)
        if not self.is_waiting:
            self._waiting, self._fed = "", 0
            if self._is_ended:
                rest = self._splitter.finish()
                self._append(rest.thinking, rest.answer)
                self._as_sent = None
                self.answer.finish()

    def finish(self) -> None:
        """End the text: no chunk follows. Content may still wait to be parsed."""
        self._is_ended = True
        if not self.is_waiting:
            self.feed()

    def share_content(self, content: str) -> None:
        """Refer to the content of the finished message, which is kept anyway, where the answer is the end of it."""
        if not self.is_waiting:
            self.answer.share_text(content)

    def drop_lines(self) -> None:
        """Free the cached lines. They are laid out again on demand."""
        self.thinking.drop_lines()
        self.answer_lines.drop_lines()

    def _append(self, thinking: str, answer: str) -> None:
        if thinking:
            self.has_thinking = True
            self.thinking.append(thinking)
            for start in range(0, len(thinking), _AT_ONCE):
                piece = thinking[start : start + _AT_ONCE]
                self.thinking_words += len(piece.split()) - (self._is_inside_word and not piece[0].isspace())
                self._is_inside_word = not piece[-1].isspace()
        if answer:
            self.has_answer = True
            self.has_text = self.has_text or not is_blank(answer)
            if not self._splitter.may_retract:
                self._as_sent = None
                self.answer.append(answer)
            elif self._as_sent is not None:
                self._as_sent.append(answer)
                self.answer.append(answer)
            else:
                before = self.answer.size
                if not self.answer.append(answer):
                    self._as_sent = GrowingText(self.answer.text_until(before))
                    self._as_sent.append(answer)
