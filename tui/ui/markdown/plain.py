"""Plain text that may still grow, wrapped: each of its lines once for each width."""

from __future__ import annotations

from tui.ui.markdown.incoming import IncomingText
from tui.ui.markdown.lines import PLAIN, Line, Look, Run, wrap


class PlainDocument:
    """Text in which nothing means anything but itself."""

    def __init__(self, text: str = "", look: Look = PLAIN) -> None:
        """Args:
        text: What is there already, as it came.
        look: How all of it looks.
        """
        self._look = look
        self._whole: list[str] = []
        self._begun = ""
        self._incoming = IncomingText()
        self._lines: list[Line] = []
        self._width = 0
        self._taken = 0
        self._settled_lines = 0
        self._settled = 0
        """Characters of the begun line, its tabs expanded, that stand in lines which end before it does."""
        self.append(text)

    def append(self, text: str) -> None:
        """Let it grow."""
        *whole, self._begun = (self._begun + self._incoming.feed(text)).split("\n")
        self._whole.extend(whole)

    def lines(self, width: int) -> list[Line]:
        """All its lines at a width. The list is its own: it grows in place, and must not be changed."""
        if width != self._width:
            self._reset(width)
        del self._lines[self._settled_lines :]
        for line in self._whole[self._taken :]:
            self._lines.extend(self._wrapped(line))
            self._settled = 0
        self._taken = len(self._whole)
        self._settled_lines = len(self._lines)
        if self._begun:
            wrapped = self._wrapped(self._begun)
            self._lines.extend(wrapped)
            # What follows can change the last line only: it is wrapped again, the others are not.
            self._settled += sum(len(line.text) + len(line.separator or "") for line in wrapped[:-1])
            self._settled_lines = len(self._lines) - 1
        return self._lines

    def drop_lines(self) -> None:
        """Forget every line. They are made again when they are wanted."""
        self._reset(0)

    def _reset(self, width: int) -> None:
        self._width = width
        self._lines = []
        self._taken = self._settled_lines = self._settled = 0

    def _wrapped(self, line: str) -> list[Line]:
        return wrap([Run(line.expandtabs(4)[self._settled :], self._look)], width=self._width)
