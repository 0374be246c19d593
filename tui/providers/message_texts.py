"""Finds content and thinking in the messages and deltas of model servers, whatever shape they have. No I/O.

Almost every message has its content as a string. Servers and gateways also send lists of parts, objects, a refusal or a
transcript instead of content, and thinking under four names, sometimes under two of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tui.wire.surrogates import SurrogateJoiner, joined

_MAX_DEPTH: Final = 6
_TEXT_KEYS: Final = ("text", "content", "parts", "value", "output_text", "refusal", "transcript")
"""Where an object that stands for a text has the text."""
_THOUGHT_KEYS: Final = ("thinking", "reasoning", "summary", *_TEXT_KEYS)
_THOUGHT_TYPES: Final = frozenset({"thinking", "reasoning", "thought", "reasoning_text", "reasoning_content"})
_THINKING_FIELDS: Final = ("reasoning_content", "reasoning", "thinking", "thought", "reasoning_text")
_DETAIL_FIELDS: Final = ("reasoning_details", "thinking_blocks")
"""Lists of parts with the same thinking, from OpenRouter and LiteLLM."""
_ALL_THINKING_FIELDS: Final = frozenset({*_THINKING_FIELDS, *_DETAIL_FIELDS})
_FIELDS_BESIDE_CONTENT: Final = _ALL_THINKING_FIELDS | {"refusal"}
_KNOWN_FIELDS: Final = _ALL_THINKING_FIELDS | {
    "role",
    "name",
    "refusal",
    "tool_calls",
    "function_call",
    "annotations",
    "provider_specific_fields",
}

_COMPARED_CHARS: Final = 200
_MIN_REPEATED_CHARS: Final = 10
"""A last chunk that equals a shorter answer may be its next word."""


class MessageTexts:
    """Reads content and thinking from the messages or deltas of one answer.

    Text that a server sends twice is returned once: thinking in two fields of a
    message, and a last message that repeats the whole answer, even if the finish reason comes after it.
    """

    def __init__(self) -> None:
        self._content = SurrogateJoiner()
        self._thinking = SurrogateJoiner()
        self._seen_content = _SeenText()
        self._seen_thinking = _SeenText()
        self._uses_details: bool | None = None
        """Whether the thinking comes in `reasoning_details`. None until some has come."""

    @property
    def has_text(self) -> bool:
        """Whether any text has been read."""
        return self._seen_content.length > 0 or self._seen_thinking.length > 0

    def feed(self, message: Mapping[str, Any], *, is_last: bool = False) -> tuple[str, str]:
        """The new content and thinking of a message.

        Args:
            message: A message or a delta: `{"content": …, "reasoning_content"?: …, …}`.
            is_last: Whether the server said that the answer ends with this message, which may then repeat all of it.
        """
        content = message.get("content")
        # Fast path: almost every message has a string and no thinking.
        if content and isinstance(content, str) and not is_last and _FIELDS_BESIDE_CONTENT.isdisjoint(message):
            content = self._seen_content.without_held_repeat(content)
            if content := self._content.feed(content):
                self._seen_content.add(content)
            return content, ""
        content, thinking = self._texts_of(message)
        if is_last:
            content, thinking = self._seen_content.without_repeat(content), self._seen_thinking.without_repeat(thinking)
        content = self._seen_content.without_held_repeat(content)
        thinking = self._seen_thinking.without_held_repeat(thinking)
        return self.feed_texts(content, thinking)

    def feed_summary(self, message: Mapping[str, Any]) -> tuple[str, str]:
        """The content and thinking of a message that comes after deltas: what the deltas did not contain."""
        content, thinking = self._texts_of(message)
        return self.feed_texts(self._seen_content.unseen(content), self._seen_thinking.unseen(thinking))

    def feed_texts(self, content: str, thinking: str) -> tuple[str, str]:
        """The texts with surrogate pairs joined, which may wait for their other half."""
        if content and (content := self._content.feed(content)):
            self._seen_content.add(content)
        if thinking and (thinking := self._thinking.feed(thinking)):
            self._seen_thinking.add(thinking)
        return content, thinking

    def finish(self) -> tuple[str, str]:
        """The rest of content and thinking: halves of characters whose other half did not come."""
        return self._content.finish(), self._thinking.finish()

    def _texts_of(self, message: Mapping[str, Any]) -> tuple[str, str]:
        content, thoughts = _content_and_thoughts(message)
        thinking = _first_thought(message, _THINKING_FIELDS)
        details = "" if thinking else _first_thought(message, _DETAIL_FIELDS)
        if thinking or details:
            # OpenRouter sends the same text in both; the details may come in chunks of their own.
            if self._uses_details is None:
                self._uses_details = not thinking
            thinking = details if self._uses_details else thinking
        return content, thinking if thinking == thoughts else thinking + thoughts


class _SeenText:
    """What is known of a text that was passed on: enough to recognize it, without keeping it."""

    __slots__ = ("_held", "_last", "_start", "length")

    def __init__(self) -> None:
        self.length = 0
        self._start = ""
        self._last = ""
        self._held = ""
        """A piece that equals the whole text so far. It is a part of the text only if more follows."""

    def add(self, text: str) -> None:
        if self.length < _COMPARED_CHARS:
            self._start = (self._start + text)[:_COMPARED_CHARS]
        self.length += len(text)
        self._last = text

    def without_repeat(self, text: str) -> str:
        """The text without the whole text so far at its beginning, if that came in several pieces and is there."""
        if len(text) < self.length or self.length < _MIN_REPEATED_CHARS or self.length == len(self._last):
            return text
        whole = joined(text)
        return whole[self.length :] if self._is_start_of(whole) else text

    def without_held_repeat(self, text: str) -> str:
        """The text, unless it equals the whole text so far, which may be the end. Held text comes before new text."""
        if not text:
            return ""
        if self._held:
            text, self._held = self._held + text, ""
        elif len(text) == self.length and not self.without_repeat(text):
            self._held = text
            return ""
        return text

    def unseen(self, text: str) -> str:
        """The part of a text that was not passed on, if the text begins like the whole text so far; else all of it."""
        whole = joined(text)
        if not self.length or self._is_start_of(whole):
            return whole[self.length :]
        # Servers strip the whole text, or shorten it.
        start, beginning = self._start.strip(), whole.strip()[:_COMPARED_CHARS]
        return "" if start.startswith(beginning) or beginning.startswith(start) else text

    def _is_start_of(self, whole: str) -> bool:
        return whole.startswith(self._start) and whole.startswith(self._last, self.length - len(self._last))


def has_text(message: Mapping[str, Any]) -> bool:
    """Whether a message or delta has content or thinking."""
    return any(_content_and_thoughts(message)) or any(_thought(message.get(key)) for key in _ALL_THINKING_FIELDS)


def unread_fields(message: Mapping[str, Any]) -> list[str]:
    """The fields of a message without text that have a value which is not text, such as `images`."""
    return [key for key, value in message.items() if key not in _KNOWN_FIELDS and _has_data(key, value)]


def _has_data(key: str, value: object) -> bool:
    if isinstance(value, int | float):
        return key == "content" and value is not False
    return bool(value)


def _content_and_thoughts(message: Mapping[str, Any]) -> tuple[str, str]:
    """Content, and the thinking inside the list of parts that Mistral sends as content."""
    content, thoughts = _split(message.get("content"), _MAX_DEPTH)
    refusal, _ = _split(message.get("refusal"), _MAX_DEPTH)
    if refusal and refusal != content:
        content += refusal
    if not content and not thoughts:
        content, thoughts = _split(message.get("text"), _MAX_DEPTH)
    if not content and not thoughts and isinstance(audio := message.get("audio"), dict):
        content, _ = _split(audio.get("transcript"), _MAX_DEPTH)
    return content, thoughts


def _first_thought(message: Mapping[str, Any], keys: Iterable[str]) -> str:
    return next((text for key in keys if (text := _thought(message.get(key)))), "")


def _thought(value: object) -> str:
    content, thoughts = _split(value, _MAX_DEPTH, is_thought=True)
    return content + thoughts


def _split(value: object, depth: int, *, is_thought: bool = False) -> tuple[str, str]:
    """Content and thinking in a string, a list of parts or an object. Parts are strings or objects.

    Args:
        value: The parsed JSON.
        depth: How many levels to search. A hostile server may nest a value very deeply.
        is_thought: Whether all of it is thinking.
    """
    if isinstance(value, str):
        return ("", value) if is_thought else (value, "")
    if not depth or not value:
        return "", ""
    if isinstance(value, list):
        found = [_split(part, depth - 1, is_thought=is_thought) for part in value]
        return "".join(content for content, _ in found), "".join(thoughts for _, thoughts in found)
    if not isinstance(value, dict):
        return "", ""
    # Gemini marks the parts that are thinking with a flag.
    kind = value.get("type")
    is_thought = is_thought or (isinstance(kind, str) and kind in _THOUGHT_TYPES) or value.get("thought") is True
    for key in _THOUGHT_KEYS if is_thought else _TEXT_KEYS:
        found_texts = _split(value.get(key), depth - 1, is_thought=is_thought)
        if any(found_texts):
            return found_texts
    return "", ""
