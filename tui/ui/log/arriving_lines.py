"""Marks where text will arrive in an answer that is streaming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, overload

from tui.ui.markdown.lines import BLANK, Line, Look, Run

_MARK: Final = Run("▍", Look("live"), copyable=False)
"""May stand one cell right of the text: the column has room."""


class ArrivingLines(Sequence[Line]):
    """The lines of a text that is streaming, with a mark where more of it will arrive.

    A view: copying thousands of lines for each chunk would take time.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._last = replace(lines[-1], runs=(*lines[-1].runs, _MARK)) if lines else BLANK

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        line = self._lines[at]
        return self._last if at in (-1, len(self._lines) - 1) else line
