"""Wraps plain text that may still grow: each line once per width."""

from __future__ import annotations

from tui.chat.growing_text import GrowingText
from tui.ui.markdown.incoming import IncomingText
from tui.ui.markdown.lines import PLAIN, Line, Look, Run, wrap
from tui.ui.markdown.source_lines import SourceLines


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
        self._text = GrowingText()
        self._complete = SourceLines(self._text, 0)
        self._incoming = IncomingText()
        self._lines: list[Line] = []
        self._width = 0
        self._consumed = 0
        """Complete lines that were wrapped."""
        self._final_lines = 0
        self._read = 0
        """Characters of the line after these that were wrapped while it was incomplete."""
        self._rest = ""
        """The end of them in the last wrapped line, which more text can change."""
        self._column = 0
        """The column behind them, as far as tabs depend on it."""
        self.append(text)

    def append(self, text: str) -> None:
        """Append text, not made safe yet."""
        before = len(self._text)
        safe = self._incoming.feed(text)
        self._text.append(safe)
        if "\n" in safe:
            first, *others = safe.split("\n")[:-1]
            self._complete.append(self._text.part(self._complete.stop, before) + first)
            self._complete.extend(others)

    def lines(self, width: int) -> list[Line]:
        """All lines at a width. The returned list is updated in place by later calls; do not modify it."""
        if width != self._width:
            self._reset(width)
        del self._lines[self._final_lines :]
        self.reused = self._final_lines
        for at in range(self._consumed, len(self._complete)):
            self._lines.extend(self._wrapped(self._complete[at][self._read :]))
            self._read, self._rest, self._column = 0, "", 0
        self._consumed = len(self._complete)
        self._final_lines = len(self._lines)
        if len(self._text) > self._complete.stop:
            new = self._text.part(self._complete.stop + self._read, len(self._text))
            wrapped = self._wrapped(new)
            self._read += len(new)
            self._lines.extend(wrapped)
            # More text can change only the last wrapped line, so only that one is wrapped again.
            final = sum(len(line.text) + len(line.separator or "") for line in wrapped[:-1])
            self._rest = self._rest[final:]
            self._final_lines = len(self._lines) - 1
        return self._lines

    def drop_lines(self) -> None:
        """Free all wrapped lines. `lines` wraps them again."""
        self._reset(0)

    def _reset(self, width: int) -> None:
        self._width = width
        self._lines = []
        self._consumed = self._final_lines = self._read = self._column = 0
        self._rest = ""

    def _wrapped(self, new: str) -> list[Line]:
        """The lines of what comes behind the final ones of the line."""
        expanded = f"{' ' * self._column}{new}".expandtabs(4)[self._column :]
        self._column = (self._column + len(expanded)) % 4
        self._rest += expanded
        return wrap([Run(self._rest, self._look)], width=self._width)
