"""A very long line of code that grows: only what is new of it is cut into lines."""

from __future__ import annotations

from tui.chat.growing_text import GrowingText
from tui.ui.markdown.code import CODE
from tui.ui.markdown.code_lines import code_cells, code_line_lines
from tui.ui.markdown.fences import unindented
from tui.ui.markdown.lines import Ground, Line, Run, is_single_cells


class GrowingCodeLine:
    """The lines on screen of one line of code, which is plain and is at least as long as two of them."""

    def __init__(self, opening: str, width: int, ground: Ground) -> None:
        """Args:
        opening: The line that opens the fence.
        width: The available width in cells.
        ground: The ground of the block.
        """
        self.size = 0
        """The number of characters of the line so far."""
        self.lines: list[Line] = []
        self._opening = opening
        self._width = width
        self._ground = ground
        self._column = 0
        """The cells before what comes next, as far as tabs depend on them."""
        self._text = GrowingText()
        """The text so far, with its tabs expanded."""
        self._rest = ""
        """The text of the last line."""
        self._is_single = True
        """Whether every character so far is one cell wide. Only such lines are cut between words."""

    @property
    def final_count(self) -> int:
        """The number of lines that do not change any more, as long as `extend` returns lines."""
        return max(0, len(self.lines) - 1)

    @property
    def cells(self) -> int:
        """The width of the line with the margin at its left, like `code_cells`."""
        return code_cells("x" * self._width, self._width)

    def extend(self, text: str) -> list[Line] | None:
        """Add to the end of the line.

        Returns:
            The lines in the place of the last one. None if all lines are others now.
        """
        code = text if self.size else unindented(self._opening, [text])
        self.size += len(text)
        expanded = f"{' ' * self._column}{code}".expandtabs(4)[self._column :]
        self._column = (self._column + len(expanded)) % 4
        self._text.append(expanded)
        was_single = self._is_single
        self._is_single = was_single and is_single_cells(expanded)
        if was_single and not self._is_single:
            self.lines = self._cut(self._text.text)
            return None
        new = self._cut(self._rest + expanded)
        self.lines[self.final_count :] = new
        return new

    def _cut(self, text: str) -> list[Line]:
        lines = code_line_lines([Run(text, CODE)], self._width, self._ground, between_words=self._is_single)
        self._rest = "".join(run.text for run in lines[-1].runs if run.copyable)
        return lines
