"""Wraps plain text that may still grow: each line once per width."""

from __future__ import annotations

from tui.ui.markdown.incoming import IncomingText
from tui.ui.markdown.lines import PLAIN, Line, Look, Run, wrap


class PlainDocument:
    """Text without markup that may still grow."""

    def __init__(self, text: str = "", look: Look = PLAIN) -> None:
        """Args:
        text: The text so far, not made safe yet. May be empty.
        look: The look of the whole text.
        """
        self.reused = 0
        """The number of leading lines of the last `lines` call that are identical to those of the call before."""
        self._look = look
        self._complete: list[str] = []
        self._partial = ""
        self._incoming = IncomingText()
        self._lines: list[Line] = []
        self._width = 0
        self._consumed = 0
        self._final_lines = 0
        self._final_size = 0
        """Characters of the partial line, with tabs expanded, in wrapped lines that are final."""
        self.append(text)

    def append(self, text: str) -> None:
        """Append text, not made safe yet."""
        *complete, self._partial = (self._partial + self._incoming.feed(text)).split("\n")
        self._complete.extend(complete)

    def lines(self, width: int) -> list[Line]:
        """All lines at a width. The returned list is updated in place by later calls; do not modify it."""
        if width != self._width:
            self._reset(width)
        del self._lines[self._final_lines :]
        self.reused = self._final_lines
        for line in self._complete[self._consumed :]:
            self._lines.extend(self._wrapped(line))
            self._final_size = 0
        self._consumed = len(self._complete)
        self._final_lines = len(self._lines)
        if self._partial:
            wrapped = self._wrapped(self._partial)
            self._lines.extend(wrapped)
            # More text can change only the last wrapped line, so only that one is wrapped again.
            self._final_size += sum(len(line.text) + len(line.separator or "") for line in wrapped[:-1])
            self._final_lines = len(self._lines) - 1
        return self._lines

    def drop_lines(self) -> None:
        """Free all wrapped lines. `lines` wraps them again."""
        self._reset(0)

    def _reset(self, width: int) -> None:
        self._width = width
        self._lines = []
        self._consumed = self._final_lines = self._final_size = 0

    def _wrapped(self, line: str) -> list[Line]:
        return wrap([Run(line.expandtabs(4)[self._final_size :], self._look)], width=self._width)
