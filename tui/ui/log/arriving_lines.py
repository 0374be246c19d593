"""Marks where text will arrive in an answer that is streaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tui.ui.log.line_sequence import LineSequence
from tui.ui.markdown.lines import BLANK, Line, Look, Run

_MARK: Final = Run("▍", Look("live"), copyable=False)
"""May stand one cell right of the text: the column has room."""


class ArrivingLines(LineSequence):
    """The lines of a text that is streaming, with a mark where more of it will arrive.

    A view: copying thousands of lines for each chunk would take time.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._marked: tuple[Line, Line] = (BLANK, BLANK)
        """The last line, without and with the mark."""

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Line]:
        # Not by their numbers: those of lines that are not laid out are estimates.
        before: Line | None = None
        for line in self._lines:
            if before is not None:
                yield before
            before = line
        if before is not None:
            yield self._with_mark(before)

    def line(self, at: int) -> Line:
        line = self._lines[at]
        return self._with_mark(line) if at == len(self._lines) - 1 else line

    def _with_mark(self, line: Line) -> Line:
        if self._marked[0] is not line or not self._marked[1].runs:
            self._marked = line, replace(line, runs=(*line.runs, _MARK))
        return self._marked[1]
