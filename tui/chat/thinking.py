"""Thinking that a server leaves inside the content, as a leading `<think>…</think>`, told apart from the answer."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

OPENING: Final = "<think>"
CLOSING: Final = "</think>"


class SplitContent(NamedTuple):
    """Content in two parts."""

    thinking: str
    answer: str


class ThinkingSplitter:
    """Parts thinking from the answer while they stream in.

    Only at the very beginning: further on, the tags are text that somebody
    writes about. What may yet become a tag is held back, so it does not flash up.
    """

    def __init__(self) -> None:
        self._state: Literal["start", "opened", "thinking", "gap", "answer"] = "start"
        self._held = ""

    def feed(self, content: str) -> SplitContent:
        """Take more content; give what can be told of it."""
        if self._state == "answer":
            return SplitContent("", content)
        text = self._held + content
        self._held = ""
        thinking = ""
        if self._state == "start":
            start = text.lstrip()
            if len(start) < len(OPENING) and OPENING.startswith(start):
                self._held = text
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
                kept = _begun_closing(thinking)
                self._held = thinking[len(thinking) - kept :]
                return SplitContent(thinking[: len(thinking) - kept], "")
            self._state = "gap"
        answer = text.lstrip("\n")
        if answer:
            self._state = "answer"
        return SplitContent(thinking, answer)

    def finish(self) -> SplitContent:
        """Nothing follows: give what was held back."""
        held, self._held = self._held, ""
        return SplitContent(held, "") if self._state == "thinking" else SplitContent("", held)


def split_thinking(content: str) -> SplitContent:
    """Part the leading `<think>…</think>` of a whole content from the answer after it."""
    splitter = ThinkingSplitter()
    first, last = splitter.feed(content), splitter.finish()
    return SplitContent(first.thinking + last.thinking, first.answer + last.answer)


def _begun_closing(text: str) -> int:
    """How many characters at the end may be the beginning of the closing tag."""
    return next((n for n in range(min(len(CLOSING) - 1, len(text)), 0, -1) if text.endswith(CLOSING[:n])), 0)
