"""Separates a leading `<think>…</think>` in the content from the answer."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

OPENING: Final = "<think>"
CLOSING: Final = "</think>"


class SplitContent(NamedTuple):
    """Content split into thinking and answer."""

    thinking: str
    answer: str


class ThinkingSplitter:
    """Separates thinking from the answer in a stream.

    Only at the very beginning: later, the tags are part of the text. Text that may
    still become a tag is held back, so that it does not flash on the screen.
    """

    def __init__(self) -> None:
        self._state: Literal["start", "opened", "thinking", "gap", "answer"] = "start"
        self._pending = ""

    def feed(self, content: str) -> SplitContent:
        """Add content, and return what can already be assigned."""
        if self._state == "answer":
            return SplitContent("", content)
        text = self._pending + content
        self._pending = ""
        thinking = ""
        if self._state == "start":
            start = text.lstrip()
            if len(start) < len(OPENING) and OPENING.startswith(start):
                self._pending = text
                return SplitContent("", "")
            if not start.startswith(OPENING):
                self._state = "answer"
                return SplitContent("", text)
            self._state = "opened"
            text = start.removeprefix(OPENING)
        if self._state == "opened":
            text = text.lstrip("\n")
            if not text:
                return SplitContent("", "")
            self._state = "thinking"
        if self._state == "thinking":
            thinking, closing, text = text.partition(CLOSING)
            if not closing:
                held = _partial_closing_length(thinking)
                self._pending = thinking[len(thinking) - held :]
                return SplitContent(thinking[: len(thinking) - held], "")
            self._state = "gap"
        answer = text.lstrip("\n")
        if answer:
            self._state = "answer"
        return SplitContent(thinking, answer)

    def finish(self) -> SplitContent:
        """Return the text held back at the end of the stream."""
        pending, self._pending = self._pending, ""
        return SplitContent(pending, "") if self._state == "thinking" else SplitContent("", pending)


def split_thinking(content: str) -> SplitContent:
    """Separate the leading `<think>…</think>` of complete content from the answer."""
    splitter = ThinkingSplitter()
    first, last = splitter.feed(content), splitter.finish()
    return SplitContent(first.thinking + last.thinking, first.answer + last.answer)


def _partial_closing_length(text: str) -> int:
    """How many characters at the end may be the start of the closing tag."""
    return next((n for n in range(min(len(CLOSING) - 1, len(text)), 0, -1) if text.endswith(CLOSING[:n])), 0)
