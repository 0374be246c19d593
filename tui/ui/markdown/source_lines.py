"""The source of a block that may still grow: its lines, without a copy of a long text."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, overload

from tui.chat.growing_text import GrowingText

_MOST_LINES: Final = 1_000
_MOST_CHARACTERS: Final = 100_000
"""The last lines that are kept as strings. Those before them are read from the text again."""

_PAGES_KEPT: Final = 3
"""Parts of the text that were read and are kept as strings."""


class SourceLines(Sequence[str]):
    """Lines of a text that follow each other. Takes hardly more memory than the text, however short the lines are."""

    def __init__(self, text: GrowingText, start: int) -> None:
        """Args:
        text: The text that has the lines.
        start: The offset at which the first line begins.
        """
        self.start = start
        """The offset of the first line in the text."""
        self.stop = start
        """The offset behind the last line and its newline."""
        self._text = text
        self._pages: list[tuple[int, int]] = []
        """Lines that are not kept as strings: the number of the first line of each page, and its offset."""
        self._recent: list[str] = []
        self._first_recent = 0
        self._recent_start = start
        self._read: OrderedDict[int, list[str]] = OrderedDict()
        """The lines of pages that were read last."""

    def append(self, line: str) -> None:
        """Add the next line of the text."""
        self._recent.append(line)
        self.stop += len(line) + 1
        if len(self._recent) > _MOST_LINES or self.stop - self._recent_start > _MOST_CHARACTERS:
            *earlier, last = self._recent
            if earlier:
                self._pages.append((self._first_recent, self._recent_start))
                self._first_recent += len(earlier)
                self._recent_start = self.stop - len(last) - 1
                self._recent = [last]

    def extend(self, lines: Iterable[str]) -> None:
        """Add the next lines of the text."""
        for line in lines:
            self.append(line)

    def __len__(self) -> int:
        return self._first_recent + len(self._recent)

    def __iter__(self) -> Iterator[str]:
        for page in range(len(self._pages)):
            yield from self._lines_of(page)
        yield from self._recent

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            first, stop, step = at.indices(len(self))
            if step == 1 and first >= self._first_recent:
                return self._recent[first - self._first_recent : max(first, stop) - self._first_recent]
            return [self[each] for each in range(first, stop, step)]
        at = range(len(self))[at]
        if at >= self._first_recent:
            return self._recent[at - self._first_recent]
        page = bisect_right(self._pages, at, key=lambda each: each[0]) - 1
        return self._lines_of(page)[at - self._pages[page][0]]

    def before(self, offset: int) -> tuple[int, int]:
        """How many lines end up to an offset in the text, with their newlines, and where the last of them does."""
        if offset >= self.stop:
            return len(self), self.stop
        if offset >= self._recent_start:
            count, at, lines = self._first_recent, self._recent_start, self._recent
        else:
            page = max(0, bisect_right(self._pages, offset, key=lambda each: each[1]) - 1)
            (count, at), lines = self._pages[page], self._lines_of(page)
        for line in lines:
            if at + len(line) >= offset:
                break
            at += len(line) + 1
            count += 1
        return count, at

    def _lines_of(self, page: int) -> list[str]:
        lines = self._read.pop(page, None)
        if lines is None:
            is_last = page + 1 == len(self._pages)
            stop = self._recent_start if is_last else self._pages[page + 1][1]
            lines = self._text.part(self._pages[page][1], stop - 1).split("\n")
        self._read[page] = lines
        if len(self._read) > _PAGES_KEPT:
            self._read.popitem(last=False)
        return lines


class BlockSource:
    """The source of a final block, which is read from the text."""

    def __init__(self, text: GrowingText, start: int, size: int) -> None:
        """Args:
        text: The text that has the block.
        start: The offset in it at which the block begins.
        size: The number of characters of the block.
        """
        self.text = text
        self.start = start
        self.size = size

    def part(self, start: int = 0, stop: int | None = None) -> str:
        """The characters between two offsets from the beginning of the block. To its end without the second one."""
        stop = self.size if stop is None else min(stop, self.size)
        return self.text.part(self.start + start, self.start + stop) if start < stop else ""

    def lines_from(self, start: int) -> tuple[list[str], int]:
        """Some of the lines from the beginning of one on, and the offset behind them and their newlines."""
        size = _MOST_CHARACTERS
        while True:
            found = self.part(start, start + size)
            if start + size >= self.size:
                return found.split("\n"), self.size + 1
            if (stop := found.rfind("\n")) >= 0:
                return found[:stop].split("\n"), start + stop + 1
            size *= 2


class OpenText:
    """The source of a block as far as it is laid out: its complete lines, and perhaps the beginning of the next."""

    def __init__(self, text: GrowingText, lines: SourceLines, count: int, stop: int) -> None:
        """Args:
        text: The text that has the block.
        lines: Its complete lines.
        count: How many of them are laid out.
        stop: The offset behind the last character, which is not the newline of the last line.
        """
        self.lines = lines
        """All complete lines. Only the first `count` are laid out."""
        self.count = count
        self.size = stop - lines.start
        """The number of characters."""
        self._text = text
        self._line_stop = lines.stop if count == len(lines) else stop + 1
        self._stop = stop

    @classmethod
    def of(cls, source: str) -> OpenText:
        """The source of a complete block."""
        text = GrowingText(source)
        lines = SourceLines(text, 0)
        lines.extend(source.split("\n"))
        return cls(text, lines, len(lines), len(source))

    @classmethod
    def beginning(cls, text: GrowingText, lines: SourceLines, size: int) -> OpenText:
        """The first lines of a block with at least a number of characters, or with the beginning of its last line."""
        count, at = lines.before(lines.start + size - 1)
        if count < len(lines):
            return cls(text, lines, count + 1, at + len(lines[count]))
        return cls(text, lines, count, min(len(text), max(lines.start + size, lines.stop - 1)))

    @property
    def partial_size(self) -> int:
        """The number of characters behind the complete lines."""
        return max(0, self._stop - self._line_stop)

    def partial(self, start: int = 0, size: int | None = None) -> str:
        """Characters behind the complete lines, from one of them on."""
        stop = self._stop if size is None else min(self._stop, self._line_stop + start + size)
        return self._text.part(self._line_stop + start, stop) if self._line_stop + start < stop else ""

    def part(self, start: int, stop: int | None = None) -> str:
        """The characters between two offsets from the beginning of the block."""
        begin = self.lines.start
        stop = self._stop if stop is None else min(self._stop, begin + stop)
        return self._text.part(begin + start, stop) if begin + start < stop else ""
