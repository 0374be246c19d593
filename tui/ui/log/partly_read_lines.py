"""The lines of a long text that was not read to its end."""

from __future__ import annotations

from collections.abc import Sequence

from tui.ui.log.line_sequence import LineSequence
from tui.ui.markdown.lines import BLANK, Line


class PartlyReadLines(LineSequence):
    """The lines of what was read, blank lines for the rest, and over the last of them the lines of a preview."""

    def __init__(self, lines: Sequence[Line], unread: int, preview: Sequence[Line] | None) -> None:
        """Args:
        lines: The lines of what was read.
        unread: The estimated number of lines of the rest.
        preview: The lines at the end of the text. None if they are not known.
        """
        self._lines = lines
        self._unread = unread
        self._preview: Sequence[Line] = preview or ()

    def __len__(self) -> int:
        return max(len(self._lines) + self._unread, len(self._preview))

    def line(self, at: int) -> Line:
        begins = len(self) - len(self._preview)
        if at >= begins:
            return self._preview[at - begins]
        return self._lines[at] if at < len(self._lines) else BLANK


def estimated_lines(text: str, width: int) -> int:
    """The approximate number of lines of a text, without laying it out."""
    return text.count("\n") + len(text) // max(20, width)
