"""The lines at the end of a long text, before the text was read."""

from __future__ import annotations

import math
from typing import Final

from tui.ui.log.document_lines import DocumentLines
from tui.ui.log.line_sequence import LineSequence
from tui.ui.log.line_stack import LayoutBudget
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.ending import Ending, ending
from tui.ui.markdown.lines import Line

_FIRST_SIZE: Final = 16_000
"""Characters of the end that are laid out first, at most. Four times as many follow where the reader scrolls up."""

_MOST: Final = 192_000
"""Characters of the end that are laid out at most. The text is read by the time a reader gets there."""

_UNCERTAIN: Final = 40
"""Lines at the top of what is laid out that may depend on what is above it. They are not shown."""


class EndLines(LineSequence):
    """The lines at the end of a text, as they are in the whole text. More of them are laid out when they are needed."""

    def __init__(self, text: str, width: int) -> None:
        """Args:
        text: The whole text.
        width: The width of the lines in cells.
        """
        self.width = width
        self._text = text
        self._size = 0
        """The characters of the end that are laid out, about."""
        self._read_size = 0
        """The characters of the document that has them."""
        self._lines = DocumentLines(MarkdownDocument())
        self._hidden = 0
        """The lines at the top of it that are not shown."""
        self._certain = 0
        """The lines at the end of it that are shown. 0 for all but the hidden ones."""
        self._count = 0
        """The lines at the end that are known."""

    def __len__(self) -> int:
        return self._count

    def line(self, at: int) -> Line:
        return self._lines.line(len(self._lines) - self._count + at)

    def reach(self, count: int) -> bool:
        """Lay out as many lines at the end. There are fewer if the text has fewer, or is very long.

        Returns:
            Whether there are more lines than before.
        """
        before = self._count
        while self._count < count:
            self._lay_out(count)
            if self._count >= count or self._size >= min(len(self._text), _MOST):
                break
            self._size = 4 * self._size or self._first_size(count)
            self._read(ending(self._text, self._size))
        return self._count != before

    def _first_size(self, count: int) -> int:
        """Characters of the end that probably have enough lines. Most lines of a source are lines on the screen."""
        end = self._text[-_FIRST_SIZE:]
        # An ending may have half of what was asked for.
        wanted = 2 * (count + 3 * _UNCERTAIN)
        above = end.rsplit("\n", wanted)
        return len(end) - len(above[0]) if len(above) > wanted else len(end)

    def _read(self, end: Ending) -> None:
        # It may begin with the paragraph that it began with before.
        if len(end.source) != self._read_size:
            self._read_size = len(end.source)
            self._lines = self._document_lines(end.source)
            self._certain = end.certain_lines
            self._hidden = 0 if self._certain else _UNCERTAIN + len(list(self._document_lines(end.head)))
            self._count = 0

    def _document_lines(self, text: str) -> DocumentLines:
        lines = DocumentLines(MarkdownDocument(text))
        lines.update(self.width)
        return lines

    def _lay_out(self, count: int) -> None:
        """Lay out lines of what was read."""
        hidden = 0 if self._size >= len(self._text) else self._hidden
        # The hidden lines are certainly above those that are wanted if there are many more, by estimate.
        above = 0 if len(self._lines) >= count + 2 * hidden else hidden
        size = self._lines.lay_out(len(self._lines), count + above, 0, LayoutBudget(math.inf))
        self._count = max(0, min(count, self._certain or size - hidden))
