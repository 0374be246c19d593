"""Plain text that may still grow, wrapped: each of its lines once per width."""

from __future__ import annotations

from tui.ui.markdown.incoming import IncomingText
from tui.ui.markdown.lines import PLAIN, Line, Look, Run, wrap


class PlainDocument:
    """Growing text without markup."""

    def __init__(self, text: str = "", look: Look = PLAIN) -> None:
        """Args:
        text: The initial text, not sanitized yet.
        look: The look of all text.
        """
        self._look = look
        self._complete: list[str] = []
        """Source lines that ended in a newline."""
        self._partial = ""
        """The source line that is still growing."""
        self._incoming = IncomingText()
        self._lines: list[Line] = []
        self._width = 0
        self._wrapped_count = 0
        """Complete source lines that are in `_lines`."""
        self._final_lines = 0
        """Lines that no appended text can change."""
        self._final_size = 0
        """Characters of the partial line, with tabs expanded, that are in final lines."""
        self.append(text)

    def append(self, text: str) -> None:
        """Add text at the end."""
        *complete, self._partial = (self._partial + self._incoming.feed(text)).split("\n")
        self._complete.extend(complete)

    def lines(self, width: int) -> list[Line]:
        """All lines at a width. The document owns the list and updates it in place: callers must not change it."""
        if width != self._width:
            self._reset(width)
        del self._lines[self._final_lines :]
        for line in self._complete[self._wrapped_count :]:
            self._lines.extend(self._wrapped(line))
            self._final_size = 0
        self._wrapped_count = len(self._complete)
        self._final_lines = len(self._lines)
        if self._partial:
            wrapped = self._wrapped(self._partial)
            self._lines.extend(wrapped)
            # More text can change the last line only, so the others are not wrapped again.
            self._final_size += sum(len(line.text) + len(line.separator or "") for line in wrapped[:-1])
            self._final_lines = len(self._lines) - 1
        return self._lines

    def drop_lines(self) -> None:
        """Free the cached lines. They are laid out again on demand."""
        self._reset(0)

    def _reset(self, width: int) -> None:
        self._width = width
        self._lines = []
        self._wrapped_count = self._final_lines = self._final_size = 0

    def _wrapped(self, line: str) -> list[Line]:
        return wrap([Run(line.expandtabs(4)[self._final_size :], self._look)], width=self._width)
