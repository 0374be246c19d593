"""The lines of a large block that grows: those of its end as objects, all others made again when they are read."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final, overload

from tui.ui.markdown.lines import Line

_SEGMENTS_KEPT: Final = 100
"""Segments whose lines are kept: those that were made last, and those that were read last."""


class SegmentedLines(Sequence[Line]):
    """Lines in segments, which do not change, and lines behind them, which may."""

    def __init__(self, make: Callable[[int], Sequence[Line]]) -> None:
        """Args:
        make: Lays out the lines of a segment again, by its number.
        """
        self.tail: list[Line] = []
        """The lines behind all segments."""
        self._make = make
        self._tops = array("Q", [0])
        """The first line of each segment, and the one after the last."""
        self._kept: OrderedDict[int, Sequence[Line]] = OrderedDict()

    @property
    def segment_count(self) -> int:
        """The number of segments."""
        return len(self._tops) - 1

    @property
    def final_count(self) -> int:
        """The number of lines in segments."""
        return self._tops[-1]

    def close_segment(self, lines: Sequence[Line] | None, count: int) -> None:
        """Add a segment in the place of the tail.

        Args:
            lines: Its lines. None if they were not made.
            count: Their number.
        """
        if lines is not None:
            self._keep(self.segment_count, lines)
        self._tops.append(self._tops[-1] + count)
        self.tail = []

    def __len__(self) -> int:
        return self._tops[-1] + len(self.tail)

    def __iter__(self) -> Iterator[Line]:
        # Not kept: all lines of a long text together would take much memory.
        for segment in range(self.segment_count):
            yield from self._kept.get(segment) or self._make(segment)
        yield from self.tail

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            first, stop, step = at.indices(len(self))
            if step == 1 and first >= self._tops[-1]:
                return self.tail[first - self._tops[-1] : max(first, stop) - self._tops[-1]]
            return [self[each] for each in range(first, stop, step)]
        at = range(len(self))[at]
        if at >= self._tops[-1]:
            return self.tail[at - self._tops[-1]]
        segment = bisect_right(self._tops, at) - 1
        lines = self._kept.pop(segment, None)
        if lines is None:
            lines = self._make(segment)
        self._keep(segment, lines)
        return lines[at - self._tops[segment]]

    def _keep(self, segment: int, lines: Sequence[Line]) -> None:
        self._kept[segment] = lines
        if len(self._kept) > _SEGMENTS_KEPT:
            self._kept.popitem(last=False)
