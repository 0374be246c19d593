"""Separates the thinking that a model writes into its content from the answer.

Servers that know a model's marks report its thinking separately. Others leave the marks in the content. Known shapes:

- a pair of tags around the beginning: `<think>…</think>`, `[THINK]…[/THINK]` and others, in any case and with
  attributes if it looks like HTML;
- Gemma's thought channel: `<|channel>thought…<channel|>`;
- the channels of harmony: `<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…`;
- the channels without their first token: `analysis<|message|>…`;
- a closing tag alone on its line, or a closing token at the beginning of a line, without an opening one: the chat
  template had already opened it in the prompt.

Only marks at the beginning count, those directly after a block, and such a lone closing tag. All others are text, as in
a sentence or in code.
Nothing is examined twice, so a chunk of a long stream costs no more than one of a short stream.

Source of the harmony format: https://cookbook.openai.com/articles/openai-harmony
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from functools import cache
from typing import Final, Literal, NamedTuple

from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass

_ELEMENTS: Final = ("think", "thinking", "thought", "seed:think", "reasoning", "reason")
"""Names of tags in angle brackets. Their case does not matter, and the opening tag may have attributes."""

_TAGS: Final = {
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}
_TOKENS: Final = {
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
}
_CHANNEL: Final = {"<|channel>thought": "<channel|>"}
_CLOSING: Final = {**_TAGS, **_TOKENS, **_CHANNEL}
_LONE_TOKENS: Final = (*_TOKENS.values(), *_CHANNEL.values())
"""Tokens that close thinking. Models write the answer directly behind them."""
_LONE_CLOSING: Final = (*(f"</{name}>" for name in _ELEMENTS), *_TAGS.values(), *_LONE_TOKENS)

_ANSWER_TOKENS: Final = {
    "<|START_RESPONSE|>": "<|END_RESPONSE|>",
    "<|begin_of_solution|>": "<|end_of_solution|>",
}
"""Tokens around an answer."""

_OPENING_TAG: Final = lazy_pattern(
    rf"<({'|'.join(_ELEMENTS)})(?:[ \t][^<>\n]{{0,100}}(?<!/))?>", re.ASCII | re.IGNORECASE
)
_PARTIAL_ATTRIBUTES: Final = lazy_pattern(rf"<(?:{'|'.join(_ELEMENTS)})[ \t][^<>\n]{{0,100}}", re.ASCII | re.IGNORECASE)

_HARMONY_OPENINGS: Final = ("<|channel|>", "<|start|>assistant")
_BARE_ANALYSIS: Final = "analysis<|message|>"
"""The first header of harmony if the server dropped the token before it."""
_HARMONY_ENDS: Final = ("<|end|>", "<|return|>", "<|call|>")
_HARMONY_HEADER: Final = lazy_pattern(
    r"(?:<\|start\|>assistant)?[^<]{0,80}(?:<\|channel\|>([a-z]{1,40})[^<]{0,80}(?:<\|constrain\|>[^<]{0,40})?)?<\|message\|>"
)
_MAX_HEADER: Final = 300
"""Characters after which a harmony header without its end is text."""

_OPENINGS: Final = (*_CLOSING, *_HARMONY_OPENINGS, _BARE_ANALYSIS)
_FIRST_MARKS: Final = (*_OPENINGS, *_ANSWER_TOKENS)
_ANY_OPENING: Final = lazy_pattern(rf"{'|'.join(map(re.escape, _OPENINGS))}|(?ai:<(?:{'|'.join(_ELEMENTS)})[ \t>])")
_ANY_ELEMENT: Final = lazy_pattern(rf"</?(?:{'|'.join(_ELEMENTS)})", re.ASCII | re.IGNORECASE)
_IN_OTHER_MARKS: Final = ("<|", "|>", "[THINK]", "[/THINK]", "◁")
"""Every mark except a tag in angle brackets contains one of these."""
_LARGE: Final = 100_000
"""Characters from which on content is searched for marks before it is read."""
_MAX_OPENING: Final = max(map(len, _OPENINGS))

_MAX_HEAD: Final = 40
"""Characters of a line that are compared with a closing tag and a fence."""

_FENCE: Final = lazy_pattern(r" {0,3}(`{3,}|~{3,})(.*)", re.DOTALL)

_PIECE: Final = 4_096
"""Characters that are examined at once."""

_State = Literal["start", "header", "opened", "thinking", "gap", "final", "prose", "closed", "answer"]


class SplitContent(NamedTuple):
    """Content split into thinking and answer."""

    thinking: str
    answer: str

    retracts: bool = False
    """Whether all answer text that was returned before turned out to be thinking, which precedes `thinking`."""


class ThinkingSplitter:
    """Separates thinking from the answer in a stream.

    Text that may still become a mark is held back, so that it does not flash on the screen.
    """

    def __init__(self) -> None:
        self._state: _State = "start"
        self._pending = ""
        """The beginning of a possible mark."""
        self._blank: list[str] = []
        """Blank text held back: before a possible opening mark, or after a lone closing tag."""
        self._ends: tuple[str, ...] = ()
        """The marks that end the thinking."""
        self._answer_ends: tuple[str, ...] = ()
        """The marks that end the marked answer."""
        self._in_channels = False
        """Whether a channel was opened. Then others may follow."""
        self._has_block = False
        """Whether marked thinking ended, or a marked answer began. Then a closing tag has its opening one."""
        self._has_thinking = False
        self._has_answer = False
        self._head = ""
        """The beginning of the current line of prose, as far as it was returned."""
        self._fence = ""
        """The fence around the current line of prose. Empty for none."""
        self._tail = ""
        """The end of the returned prose, where an opening mark may have begun."""

    @property
    def may_retract(self) -> bool:
        """Whether the answer text returned so far may turn out to be thinking."""
        return self._state in ("start", "prose", "closed") and not self._has_block

    def feed(self, content: str) -> SplitContent:
        """Add content, and return what can already be assigned."""
        if self._state == "answer":
            return SplitContent("", content)
        parts = _Parts()
        # Each step copies the rest of its text, so the text must be short.
        for start in range(0, len(content), _PIECE):
            text = self._pending + content[start : start + _PIECE]
            self._pending = ""
            while text:
                text = self._step(text, parts)
        return parts.joined()

    def finish(self) -> SplitContent:
        """Return the text held back at the end of the stream, without incomplete or needless marks."""
        text = "".join(self._blank) + self._pending
        self._pending = ""
        self._blank.clear()
        match self._state:
            case "thinking":
                return SplitContent(text, "")
            case "start" | "header" if self._in_channels and text.lstrip().startswith("<|"):
                text = ""
            case "prose" if text.strip() in _LONE_CLOSING:
                text = ""
            case "final" if text.startswith(self._answer_ends):
                text = ""
            case "closed":
                text = ""
        return SplitContent("", text)

    def _step(self, text: str, parts: _Parts) -> str:
        """Assign the beginning of a text; returns the rest of it, which is empty when more text must come first."""
        match self._state:
            case "start":
                return self._start(text)
            case "header":
                return self._read_header(text, parts)
            case "opened" | "gap":
                return self._skip_newlines(text, parts)
            case "thinking":
                return self._think(text, parts)
            case "final":
                return self._finalize(text, parts)
            case "prose":
                return self._read_prose(text, parts)
            case "closed":
                return self._follow_closing(text, parts)
        parts.answer.append(text)
        return ""

    def _start(self, text: str) -> str:
        rest = text.lstrip()
        self._blank.append(text[: len(text) - len(rest)])
        if not rest:
            return ""
        if tag := _OPENING_TAG.match(rest):
            return self._open(rest[tag.end() :], f"</{tag.group(1).lower()}>")
        opening = next((opening for opening in _FIRST_MARKS if rest.startswith(opening)), None)
        if opening in _CLOSING:
            self._in_channels = opening in _CHANNEL
            return self._open(rest.removeprefix(opening), _CLOSING[opening])
        if opening in _ANSWER_TOKENS:
            self._blank.clear()
            self._answer_ends = (_ANSWER_TOKENS[opening],)
            self._has_block = True
            self._state = "final"
            return rest.removeprefix(opening)
        if opening is not None:
            self._state = "header"
            return rest
        if _may_become_opening(rest):
            self._pending = rest
            return ""
        return self._release(rest, "answer" if self._has_block else "prose")

    def _open(self, text: str, end: str) -> str:
        """Begin thinking that a mark ends; returns the text."""
        self._blank.clear()
        self._ends = (end,)
        self._state = "opened"
        return text

    def _read_header(self, text: str, parts: _Parts) -> str:
        header = _HARMONY_HEADER.match(text)
        if header is None:
            if len(text) > _MAX_HEADER or "<|message|>" in text:
                return self._release(text, "answer")
            self._pending = text
            return ""
        self._blank.clear()
        self._in_channels = self._has_block = True
        channel = "analysis" if text.startswith(_BARE_ANALYSIS) else header.group(1)
        # Commentary with a recipient is a tool call; without one, it addresses the user.
        if channel == "analysis" or (channel == "commentary" and "to=" in header.group()):
            self._ends = (*_HARMONY_ENDS, *_HARMONY_OPENINGS)
            self._state = "opened"
        else:
            self._answer_ends = _HARMONY_ENDS
            self._state = "final"
            if self._has_answer:
                parts.answer.append("\n\n")
        return text[header.end() :]

    def _skip_newlines(self, text: str, parts: _Parts) -> str:
        text = text.lstrip("\n")
        if text and self._state == "opened":
            self._state = "thinking"
            if self._has_thinking:
                parts.thinking.append("\n")
        elif text:
            self._state = "start"
        return text

    def _think(self, text: str, parts: _Parts) -> str:
        end = _any_of(self._ends).search(text)
        if end is None:
            held = _partial_length(text, self._ends)
            self._pending = text[len(text) - held :]
            thinking, rest = text[: len(text) - held], ""
        else:
            self._state = "gap"
            self._has_block = True
            thinking, rest = text[: end.start()], text[end.start() if end.group() in _HARMONY_OPENINGS else end.end() :]
        self._has_thinking = self._has_thinking or bool(thinking)
        parts.thinking.append(thinking)
        return rest

    def _finalize(self, text: str, parts: _Parts) -> str:
        """Read the body of a channel that is part of the answer. Its end is only recognized before another, or last."""
        end = _any_of(self._answer_ends).search(text)
        if end is None:
            at = len(text) - _partial_length(text, self._answer_ends)
            self._pending, rest = text[at:], ""
        else:
            at = end.start()
            follows = text[end.end() :].lstrip()
            if follows.startswith(_HARMONY_OPENINGS):
                self._state = "start"
                rest = follows
            elif len(text) - at < _MAX_HEADER and any(opening.startswith(follows) for opening in _HARMONY_OPENINGS):
                self._pending, rest = text[at:], ""
            else:
                at = end.end()
                rest = text[at:]
        self._has_answer = self._has_answer or at > 0
        parts.answer.append(text[:at])
        return rest

    def _read_prose(self, text: str, parts: _Parts) -> str:
        """Return prose as answer, until a closing tag stands alone on its line."""
        start = 0
        while (end := text.find("\n", start)) >= 0:
            head = (self._head + text[start : min(end, start + _MAX_HEAD)])[:_MAX_HEAD]
            if not self._fence and _is_closing(head):
                if _ANY_OPENING.search(self._tail + text[:start]):
                    break
                self._state = "closed"
                parts.answer.append(text[: start + _indentation(text, start)])
                return text[end:]
            if not self._fence and _lone_token(head):
                break
            self._fence = _fence_after(self._fence, head)
            self._head = ""
            start = end + 1
        head = (self._head + text[start : start + _MAX_HEAD])[:_MAX_HEAD]
        token = "" if self._fence else _lone_token(head)
        if token and not _ANY_OPENING.search(self._tail + text[:start]):
            self._state = "closed"
            start += _indentation(text, start)
            parts.answer.append(text[:start])
            return text[start + len(token) :]
        if not self._fence and _may_become_closing(head):
            start += _indentation(text, start)
            self._pending, text = text[start:], text[:start]
            head = head.removesuffix(self._pending)
        self._head = head
        seen = self._tail + text
        self._tail = seen[-_MAX_OPENING:]
        if _ANY_OPENING.search(seen):
            # From here on, a closing tag has its opening one.
            self._state = "answer"
            text += self._pending
            self._pending = ""
        parts.answer.append(text)
        return ""

    def _follow_closing(self, text: str, parts: _Parts) -> str:
        """Retract the prose before a lone closing tag once an answer follows. A tag at the very end means nothing."""
        self._blank.append(text)
        if text.isspace():
            return ""
        self._state = "answer"
        parts.retract()
        text = "".join(self._blank)
        line, newline, rest = text.partition("\n")
        self._blank.clear()
        # Blanks behind the tag belong to its line, whether they arrived with it or later.
        return (rest if newline and not line.strip(" \t\r") else text).lstrip("\n")

    def _release(self, text: str, state: _State) -> str:
        text = "".join(self._blank) + text
        self._blank.clear()
        self._state = state
        return text


def split_thinking(content: str) -> SplitContent:
    """Separate the thinking in complete content from the answer. `retracts` is False."""
    if len(content) > _LARGE and not (_ANY_ELEMENT.search(content) or any(part in content for part in _IN_OTHER_MARKS)):
        # Not copied piece by piece: it may have a hundred megabytes.
        return SplitContent("", content)
    splitter = ThinkingSplitter()
    first, last = splitter.feed(content), splitter.finish()
    return SplitContent(first.thinking + last.thinking, first.answer + last.answer)


def begins_inside_thinking(content: str) -> bool:
    """Whether content begins with thinking whose opening tag was in the prompt."""
    text = content.lstrip()
    is_marked = text.startswith(_OPENINGS) or _OPENING_TAG.match(text) is not None
    return not is_marked and bool(split_thinking(content).thinking)


@dataclass(slots=True)
class _Parts:
    """What one piece of content was split into."""

    thinking: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    retracts: bool = False

    def retract(self) -> None:
        """Make all answer text thinking."""
        self.thinking += self.answer
        self.answer = []
        self.retracts = True

    def joined(self) -> SplitContent:
        """The parts as text."""
        return SplitContent("".join(self.thinking), "".join(self.answer), self.retracts)


def _indentation(text: str, start: int) -> int:
    """How many blank characters stand at the beginning of a line."""
    return len(text) - start - len(text[start:].lstrip(" \t\r"))


def _may_become_opening(text: str) -> bool:
    """Whether the beginning of a text may still become a mark."""
    if any(mark.startswith(text) for mark in _FIRST_MARKS) or _PARTIAL_ATTRIBUTES.fullmatch(text):
        return True
    return any(f"<{name}>".startswith(text.lower()) for name in _ELEMENTS)


def _is_closing(head: str) -> bool:
    """Whether a whole line is a closing tag."""
    tag = head.strip(" \t\r")
    is_tag = tag in _LONE_CLOSING or tag.lower() in _LONE_CLOSING
    return is_tag and len(head) < _MAX_HEAD and not head.startswith("    ")


def _lone_token(head: str) -> str:
    """The closing token at the beginning of a line. Empty for none."""
    line = "" if head.startswith("    ") else head.lstrip(" \t\r")
    return next((token for token in _LONE_TOKENS if line.startswith(token)), "")


def _may_become_closing(head: str) -> bool:
    """Whether the beginning of a line may still become a closing tag alone on its line."""
    tag = head.strip(" \t\r")
    is_beginning = bool(tag) and any(closing.startswith((tag, tag.lower())) for closing in _LONE_CLOSING)
    return is_beginning and len(head) < _MAX_HEAD and not head.startswith("    ")


def _fence_after(fence: str, line: str) -> str:
    """The fence around the line below a line; empty for none.

    Args:
        fence: The fence around the line itself.
        line: The beginning of the line.
    """
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found.group(1)
    return "" if found.group(1).startswith(fence) and not found.group(2).strip() else fence


@cache
def _any_of(marks: tuple[str, ...]) -> re.Pattern[str]:
    """Matches each of the marks. The case of HTML tags does not matter."""
    return re.compile("|".join(f"(?ai:{mark})" if mark.startswith("</") else re.escape(mark) for mark in marks))


def _partial_length(text: str, marks: Sequence[str]) -> int:
    """How many characters at the end may be the beginning of a mark."""
    longest = min(max(map(len, marks)) - 1, len(text))
    ends = ((n, (text[-n:], text[-n:].lower())) for n in range(longest, 0, -1))
    return next((n for n, end in ends if any(mark.startswith(end) for mark in marks)), 0)
