"""Messages below each other, and a view of some of their lines: which line is where, and what the view stays with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui.ui.log.entries import AnswerEntry, Entry
from tui.ui.log.flat import FlatText
from tui.ui.log.heights import HeightIndex
from tui.ui.markdown.lines import BLANK, Line

_MOST_LINES: Final = 4_000
"""Lines that are kept of entries out of view. Of those that were looked at longest ago they are made again."""


@dataclass(slots=True)
class _Place:
    """A line of the scrollback: which entry, and which of its lines."""

    entry: int = 0
    line: int = 0
    offset: int | None = None
    """The same in the entry's text, which no width changes. None until the width has changed."""


class Scrollback:
    """Entries, laid out only near the view; the heights of the others are estimates.

    The view follows the end until the reader leaves it, and then stays with the
    line at its top, whatever arrives below and however wide it gets.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.width = 1
        """Cells that a line may take."""
        self.view = 0
        """Lines in view."""
        self.is_following = True
        self._heights = HeightIndex()
        self._top = _Place()
        self._seen = _Place()
        """Where what the reader has seen ends, while not following."""
        self._laid_out: dict[Entry, int] = {}
        """Lines of each entry that is laid out, that which was wanted longest ago first."""
        self._near: set[Entry] = set()
        """Entries in view or near it."""

    @property
    def total(self) -> int:
        """Lines in all."""
        return self._heights.total

    @property
    def live(self) -> AnswerEntry | None:
        """The answer that is under way. None when there is none."""
        last = self.entries[-1] if self.entries else None
        return last if isinstance(last, AnswerEntry) and last.is_live else None

    @property
    def new_lines(self) -> int:
        """Lines that came below what the reader has seen. 0 while following."""
        return 0 if self.is_following or not self.entries else max(0, self.total - self._line_of(self._seen))

    # What is in it.

    def show(self, entries: Iterable[Entry]) -> None:
        """Hold other entries, at their end."""
        self.entries = list(entries)
        self._heights = HeightIndex(entry.estimate(self.width) for entry in self.entries)
        self._laid_out = {}
        self.is_following = True

    def keep(self, count: int) -> None:
        """Keep the first entries only."""
        for entry in self.entries[count:]:
            self._laid_out.pop(entry, None)
        del self.entries[count:]
        self._heights.truncate(count)

    def append(self, entry: Entry) -> None:
        """Add an entry at the end."""
        self.entries.append(entry)
        self._heights.append(entry.height(self.width))

    def resize(self, width: int, view: int) -> None:
        """Give lines and view another size."""
        self.view = view
        if width == self.width:
            return
        places = (self._top, self._seen) if self.entries and not self.is_following else ()
        for place in places:
            if place.offset is None:
                place.offset = FlatText(self.entries[place.entry].lines(self.width)).offset_of(place.line)
        self.width = width
        self._heights = HeightIndex(entry.estimate(width) for entry in self.entries)
        self._laid_out = {}
        for place in places:
            entry = self.entries[place.entry]
            text = FlatText(entry.lines(width))
            is_end = place.offset is not None and place.offset >= len(text.text)
            place.line = entry.height(width) if is_end else text.line_of(place.offset or 0)

    # Which line is where.

    def find(self, y: int) -> tuple[int, int]:
        """The entry that a line is in, and which of its lines it is."""
        return self._heights.find(y)

    def top_of(self, at: int) -> int:
        """The first line of an entry."""
        return self._heights.top(at)

    def height_of(self, at: int) -> int:
        """The lines of an entry."""
        return self._heights[at]

    def line(self, y: int) -> tuple[Line, int]:
        """A line, and the entry that it belongs to: -1 where it belongs to none."""
        if not 0 <= y < self.total:
            return BLANK, -1
        at, line = self._heights.find(y)
        return self.entries[at].line(line, self.width), at

    # Where the view is.

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self.is_following = True

    def go_to(self, y: int) -> None:
        """The reader goes where a line is at the top of the view, and at the end follows it."""
        self._stay(_Place(*self._heights.find(y)), follows=y >= self.total - self.view)

    def reveal(self, at: int, line: int | None = None) -> None:
        """Go where an entry is in view, or one of its lines.

        Args:
            at: The entry.
            line: Its line. None for as much of the entry as there is room for.
        """
        self.measure(at)
        first = self.top_of(at) + (line or 0)
        height = self._heights[at] if line is None else 1
        top = self._line_of(self._top) if not self.is_following else max(0, self.total - self.view)
        is_last = at == len(self.entries) - 1
        if line is not None and not top <= first < top + self.view:
            # With some of what stands around it.
            y = max(0, first - self.view // 3)
            self._stay(_Place(*self._heights.find(y)), follows=False)
        elif line is None and (first < top or height >= self.view):
            self._stay(_Place(at), follows=False)
        elif line is None and first + height > top + self.view:
            self._stay(_Place(*self._heights.find(first + height - self.view)), follows=is_last)

    def settle(self) -> int:
        """Measure what is in view and near it; drop what is far away; give the line at the top of the view."""
        self._near = {live} if (live := self.live) else set()
        if self.is_following:
            self._measure_upwards(len(self.entries) - 1, 2 * self.view)
            top = max(0, self.total - self.view)
        else:
            self._measure_downwards(self._top.entry, 2 * self.view + self._top.line)
            if self._top.entry < len(self.entries) and self._top.line >= self._heights[self._top.entry]:
                # Its entry was estimated to be higher than it is.
                self._top = _Place(*self._heights.find(self._line_of(self._top)))
            self._measure_upwards(self._top.entry - 1, self.view)
            top = self._line_of(self._top)
            bottom = min(top + self.view, self.total)
            if bottom > self._line_of(self._seen):
                self._seen = self._place_before(bottom)
        self._drop_far()
        return top

    def measure(self, at: int) -> None:
        """Lay an entry out, and take note of its height."""
        entry = self.entries[at]
        height = entry.height(self.width)
        self._heights.set(at, height)
        self._laid_out.pop(entry, None)
        self._laid_out[entry] = height
        self._near.add(entry)

    # The inside.

    def _stay(self, top: _Place, *, follows: bool) -> None:
        if self.is_following and not follows and self.entries:
            self._seen = _Place(len(self.entries) - 1, self._heights[len(self.entries) - 1])
        self._top, self.is_following = top, follows

    def _line_of(self, place: _Place) -> int:
        return self._heights.top(place.entry) + place.line

    def _place_before(self, y: int) -> _Place:
        """Just below the line before a line: at the end of its entry, where that is the last line of it."""
        at, line = self._heights.find(max(0, y - 1))
        return _Place(at, line + 1)

    def _measure_upwards(self, at: int, lines: int) -> None:
        while at >= 0 and lines > 0:
            self.measure(at)
            lines -= self._heights[at]
            at -= 1

    def _measure_downwards(self, at: int, lines: int) -> None:
        while at < len(self.entries) and lines > 0:
            self.measure(at)
            lines -= self._heights[at]
            at += 1

    def _drop_far(self) -> None:
        """Drop the lines of entries far from the view, those first that were not wanted for longest."""
        kept = sum(self._laid_out.values())
        if kept <= _MOST_LINES:
            return
        for entry in [entry for entry in self._laid_out if entry not in self._near]:
            kept -= self._laid_out.pop(entry)
            entry.drop()
            if kept <= _MOST_LINES:
                return
