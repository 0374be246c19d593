"""Lines on screen ↔ the text that they show: places on the one told by places in the other, at any width."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from tui.ui.markdown.lines import Line


class Span(NamedTuple):
    """A part of a line."""

    line: int
    start: int
    """Its first character, in all of the line's text."""

    end: int
    """The character before which it ends."""


class FlatText:
    """The text that lines show: wrapped lines made whole again, without borders."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._starts: list[int] = []
        """Where in the text each run begins."""
        self._spans: list[Span] = []
        """Where on screen each run stands."""
        parts: list[str] = []
        at = 0
        for number, line in enumerate(lines):
            character = 0
            for run in line.runs:
                if run.taken and run.text:
                    self._starts.append(at)
                    self._spans.append(Span(number, character, character + len(run.text)))
                    parts.append(run.text)
                    at += len(run.text)
                character += len(run.text)
            parts.append("\n" if line.joint is None else line.joint)
            at += len(parts[-1])
        self.text = "".join(parts)

    def spans(self, start: int, end: int) -> list[Span]:
        """Where on screen a part of the text stands."""
        found = []
        at = max(0, bisect_right(self._starts, start) - 1)
        while at < len(self._starts) and self._starts[at] < end:
            line, first, last = self._spans[at]
            begins = max(first, first + start - self._starts[at])
            ends = min(last, first + end - self._starts[at])
            if begins < ends:
                found.append(Span(line, begins, ends))
            at += 1
        return found

    def line_of(self, offset: int) -> int:
        """The line that a place in the text is in; the last one before it where it is in none."""
        at = bisect_right(self._starts, offset) - 1
        return self._spans[at].line if at >= 0 else 0

    def offset_of(self, line: int) -> int:
        """The place in the text where a line begins; where it has no text, the next one's that has."""
        at = bisect_right(self._spans, Span(line, -1, -1))
        return self._starts[at] if at < len(self._starts) else len(self.text)
