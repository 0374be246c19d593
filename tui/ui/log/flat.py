"""The plain text of lines on screen, with a map between offsets in the text and positions on screen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from tui.ui.markdown.lines import Line


class Span(NamedTuple):
    """A part of a line on screen."""

    line: int
    start: int
    """Index of the first character in the line's text, borders included."""

    end: int
    """Index after the last character."""


class FlatText:
    """The copyable text of some lines: wrapped lines joined again, without borders."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        """Args:
        lines: The first lines. `extend` adds more.
        """
        self._parts: list[str] = []
        self._size = 0
        """The number of characters of all parts."""
        self._line_count = 0
        self._starts: list[int] = []
        """Offset in the text of each run."""
        self._spans: list[Span] = []
        """Position on screen of each run."""
        self.extend(lines)

    def extend(self, lines: Iterable[Line]) -> bool:
        """Add lines below the others. Returns whether there were any."""
        parts = self._parts
        at = self._size
        first = number = self._line_count
        for number, line in enumerate(lines, first + 1):
            character = 0
            for run in line.runs:
                if run.copyable and run.text:
                    self._starts.append(at)
                    self._spans.append(Span(number - 1, character, character + len(run.text)))
                    parts.append(run.text)
                    at += len(run.text)
                character += len(run.text)
            parts.append("\n" if line.separator is None else line.separator)
            at += len(parts[-1])
        self._size = at
        self._line_count = number
        return number > first

    @property
    def text(self) -> str:
        """The text of all lines."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def spans(self, start: int, end: int) -> list[Span]:
        """The positions on screen of a range of the text."""
        found = []
        at = max(0, bisect_right(self._starts, start) - 1)
        while at < len(self._starts) and self._starts[at] < end:
            line, first, last = self._spans[at]
            span_start = max(first, first + start - self._starts[at])
            span_end = min(last, first + end - self._starts[at])
            if span_start < span_end:
                found.append(Span(line, span_start, span_end))
            at += 1
        return found

    def line_of(self, offset: int) -> int:
        """The line that shows an offset, or the last line with text before it. -1 is above all text."""
        at = bisect_right(self._starts, offset) - 1
        return self._spans[at].line if at >= 0 else 0

    def offset_of(self, line: int) -> int:
        """The offset at which a line starts, or the next line that has text. -1 for a line above all text."""
        if self._spans and line < self._spans[0].line:
            return -1
        at = bisect_right(self._spans, Span(line, -1, -1))
        return self._starts[at] if at < len(self._starts) else len(self.text)
