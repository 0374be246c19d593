"""Reads a JSON export value by value, so that memory is bounded by the largest conversation, not by the file.

A value is decoded from a buffer that grows until the value is complete. Growing doubles the buffer, so that the total
work is linear. Python's objects are much larger than their text, which is why brackets and commas are counted too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

MAX_CHARACTERS: Final = 2**28
"""The longest text of one value."""

MAX_PARTS: Final = 8_000_000
"""Brackets and commas in the text of one value: with this many, its objects take almost 1 GB."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NEAR_END: Final = 16
"""An error this near to the end of the buffer may be a literal or an escape whose end is not read yet."""

_NUMBER_TAIL: Final = 2
"""Characters of a cut number that are not decoded: `e-` of `1e-5`."""

_MAX_DIGITS: Final = 400
"""An integer with more digits is too large even for a float. Python refuses to parse very long ones."""


class InvalidJSON(Exception):
    """The text is not JSON, or cannot be read. The message is the end of a sentence that starts with its name."""


def read_values(chunks: Iterable[str]) -> Iterator[Any]:
    """The items of the list in a JSON text, or its only value.

    Args:
        chunks: The text, in pieces of any size.

    Raises:
        InvalidJSON: If the text is not JSON, is nested too deeply, or one value is too large. Values before that
            have been returned.
    """
    buffer = _Buffer(chunks)
    if buffer.next_character() != "[":
        yield buffer.take_value()
    else:
        buffer.skip()
        separator = "" if buffer.next_character() == "]" else ","
        while separator == ",":
            yield buffer.take_value()
            separator = buffer.next_character()
            if separator == ",":
                buffer.skip()
        if separator not in ("", "]"):
            raise buffer.error()
        buffer.skip()
    if buffer.next_character():
        raise buffer.error()


class _Buffer:
    """The part of the text that is being decoded."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self._text = ""
        self._at = 0
        self._line = 1
        """The line of the first character of the buffer, from 1."""
        self._decode = json.JSONDecoder(parse_int=_parse_int).raw_decode

    def next_character(self) -> str:
        """The next character that is not white space. Empty at the end of the text."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def skip(self) -> None:
        """Skip the next character."""
        self._at += 1

    def take_value(self) -> Any:
        """Decode the next value, and skip it."""
        self.next_character()
        while True:
            self._check_size()
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as cause:
                may_go_on = cause.msg.startswith("Unterminated string") or cause.pos > len(self._text) - _NEAR_END
                if may_go_on and self._grow():
                    continue
                raise self.error(cause.pos) from cause
            except RecursionError as cause:
                raise InvalidJSON("is nested too deeply") from cause
            # A number at the end of the buffer may go on behind it, such as `1.5e`.
            if end >= len(self._text) - _NUMBER_TAIL and self._grow():
                continue
            self._at = end
            return value

    def error(self, at: int | None = None) -> InvalidJSON:
        """The error for a position in the buffer."""
        line = self._line + self._text.count("\n", 0, self._at if at is None else at)
        return InvalidJSON(f"is not JSON: line {line}")

    def _check_size(self) -> None:
        size = len(self._text) - self._at
        # No text has more brackets and commas than characters.
        if size > MAX_CHARACTERS or (
            size > MAX_PARTS and sum(self._text.count(mark, self._at) for mark in "[{,") > MAX_PARTS
        ):
            raise InvalidJSON("contains a conversation that is too large")

    def _grow(self) -> bool:
        """Read at least as much as the buffer holds. False at the end of the text."""
        rest = self._text[self._at :]
        new: list[str] = []
        size = 0
        for chunk in self._chunks:
            new.append(chunk)
            size += len(chunk)
            if size and size >= len(rest):
                break
        if not size:
            return False
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = "".join((rest, *new)), 0
        return True


def _parse_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)
