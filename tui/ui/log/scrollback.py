"""The scrollback: entries stacked as lines, and a view of some of the lines that stays in place while they change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from tui.light_dataclass import dataclass
from tui.ui.log.entries import AnswerEntry, Entry
from tui.ui.log.flat import FlatText
from tui.ui.log.heights import HeightIndex
from tui.ui.markdown.lines import BLANK, Line

if TYPE_CHECKING:
    from tui.ui.pictures.gallery import Gallery

_SLICE_S: Final = 0.015
"""How long messages are laid out at once, in seconds. The rest follows in later frames."""

_MAX_CACHED_LINES: Final = 4_000
"""Lines to keep of entries that are laid out. Beyond it, the least recently used entries out of view are dropped."""


@dataclass(slots=True)
class _Position:
    """A line of the scrollback: an entry, and a line within it."""

    entry: int = 0
    line: int = 0
    offset: int | None = None
    """The same position in the entry's text, independent of the width. None until the width has changed."""


class Scrollback:
    """The entries of a conversation. Only those near the view are laid out; the heights of others are estimates.

    The view follows the end until the reader scrolls up. From then on the line at
    its top stays there, even if text arrives below or the width changes.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.width = 1
        """Cells per line."""
        self.view_height = 0
        """Lines in view."""
        self.is_following = True
        self._is_airy = False
        self.gallery: Callable[[], Gallery] | None = None
        """Decodes the images of the messages. None where they are not shown. Set before anything is shown."""
        self.is_partial = False
        """Whether some entries near the view are not laid out yet, or only in part. `settle` continues with them."""
        self._heights = HeightIndex()
        self._top = _Position()
        self._seen = _Position()
        """The end of what the reader has seen, while not following."""
        self._laid_out: dict[Entry, int] = {}
        """Heights of the entries that are laid out, least recently used first."""
        self._deadline = 0.0
        """The time after which nothing more is laid out for this frame."""
        self._has_laid_out = False
        """Whether an entry has been laid out for this frame."""
        self._near: set[Entry] = set()
        """Entries in view or near it."""

    @property
    def total(self) -> int:
        """The number of lines."""
        return self._heights.total

    @property
    def live(self) -> AnswerEntry | None:
        """The answer that is streaming. None when none is."""
        last = self.entries[-1] if self.entries else None
        return last if isinstance(last, AnswerEntry) and last.is_live else None

    @property
    def new_lines(self) -> int:
        """Lines below what the reader has seen. 0 while following."""
        return 0 if self.is_following or not self.entries else max(0, self.total - self._line_of(self._seen))

    # Entries.

    def show(self, entries: Iterable[Entry]) -> None:
        """Replace the entries, and follow their end."""
        self.entries = list(entries)
        for entry in self.entries:
            self._adopt(entry)
        self._heights = HeightIndex(entry.estimate(self.width) for entry in self.entries)
        self._laid_out = {}
        self.is_following = True

    def truncate(self, count: int) -> None:
        """Remove all but the first `count` entries."""
        for entry in self.entries[count:]:
            self._laid_out.pop(entry, None)
        del self.entries[count:]
        self._heights.truncate(count)

    def append(self, entry: Entry) -> None:
        """Add an entry at the end."""
        self._adopt(entry)
        self.entries.append(entry)
        self._heights.append(entry.height(self.width))

    def replace(self, at: int, entry: Entry) -> None:
        """Show another entry in the place of one, as large as the reader had unfolded it."""
        old = self.entries[at]
        self._adopt(entry)
        entry.unfolded, entry.version = old.unfolded, old.version
        self._laid_out.pop(old, None)
        self.entries[at] = entry
        self.measure(at)

    def resize(self, width: int, view_height: int, *, is_airy: bool = False) -> None:
        """Change the width of the lines and the height of the view.

        Args:
            width: Cells per line.
            view_height: Lines in view.
            is_airy: Whether cards have half a line of their ground above and below.
        """
        self.view_height = view_height
        if width == self.width and is_airy == self._is_airy:
            return
        positions = (self._top, self._seen) if self.entries and not self.is_following else ()
        for position in positions:
            if position.offset is None:
                self._complete(position.entry)
                position.offset = FlatText(self.entries[position.entry].lines(self.width)).offset_of(position.line)
        self.width, self._is_airy = width, is_airy
        for entry in self.entries:
            entry.set_airy(is_airy)
        self._heights = HeightIndex(entry.estimate(width) for entry in self.entries)
        self._laid_out = {}
        for position in positions:
            entry = self.entries[position.entry]
            self._complete(position.entry)
            text = FlatText(entry.lines(width))
            is_end = position.offset is not None and position.offset >= len(text.text)
            position.line = entry.height(width) if is_end else text.line_of(position.offset or 0)

    # Lines.

    def find(self, y: int) -> tuple[int, int]:
        """The entry at a line, and the line within the entry."""
        return self._heights.find(y)

    def top_of(self, at: int) -> int:
        """The first line of an entry."""
        return self._heights.top(at)

    def height_of(self, at: int) -> int:
        """The number of lines of an entry."""
        return self._heights[at]

    def line(self, y: int) -> tuple[Line, int]:
        """A line, and the index of its entry: -1 for a line outside the scrollback."""
        if not 0 <= y < self.total:
            return BLANK, -1
        at, line = self._heights.find(y)
        return self.entries[at].line(line, self.width), at

    # The view.

    def follow(self) -> None:
        """Scroll to the end, and stay there."""
        self.is_following = True

    def go_to(self, y: int) -> None:
        """Scroll so that a line is at the top of the view. At the end, start to follow."""
        self._anchor_at(_Position(*self._heights.find(y)), follows=y >= self.total - self.view_height)

    def reveal(self, at: int, line: int | None = None, *, shows_end: bool = False) -> None:
        """Scroll an entry, or one of its lines, into view.

        Args:
            at: The index of the entry.
            line: A line within it. None for as much of the entry as fits.
            shows_end: Whether the end of the entry says most, if not all of it fits.
        """
        self.measure(at)
        first = self.top_of(at) + (line or 0)
        height = self._heights[at] if line is None else 1
        top = self._line_of(self._top) if not self.is_following else max(0, self.total - self.view_height)
        is_last = at == len(self.entries) - 1
        if line is not None and not top <= first < top + self.view_height:
            # Not at the edge of the view, to show some context above the line.
            y = max(0, first - self.view_height // 3)
            self._anchor_at(_Position(*self._heights.find(y)), follows=False)
        elif shows_end and height >= self.view_height:
            self._anchor_at(_Position(*self._heights.find(first + height - self.view_height)), follows=is_last)
        elif line is None and (first < top or height >= self.view_height):
            self._anchor_at(_Position(at), follows=False)
        elif line is None and first + height > top + self.view_height:
            y = first + height - self.view_height
            self._anchor_at(_Position(*self._heights.find(y)), follows=is_last)

    def settle(self) -> int:
        """Measure the entries in and near the view, drop the lines of distant ones, and return the view's top line."""
        self._near = {live} if (live := self.live) else set()
        self.is_partial = self._has_laid_out = False
        self._deadline = time.monotonic() + _SLICE_S
        if self.is_following:
            self._measure_upwards(len(self.entries) - 1, 2 * self.view_height)
            top = max(0, self.total - self.view_height)
        else:
            self._measure_downwards(self._top.entry, 2 * self.view_height + self._top.line)
            if self._top.entry < len(self.entries) and self._top.line >= self._heights[self._top.entry]:
                # The entry was estimated to be higher than it is.
                self._top = _Position(*self._heights.find(self._line_of(self._top)))
            self._measure_upwards(self._top.entry - 1, self.view_height)
            top = self._line_of(self._top)
            bottom = min(top + self.view_height, self.total)
            if bottom > self._line_of(self._seen):
                self._seen = self._position_before(bottom)
        self._drop_distant()
        return top

    def measure(self, at: int) -> None:
        """Lay an entry out, or a part of a large one, and record its height."""
        entry = self.entries[at]
        is_complete = entry.lay_out(self.width, max(0, self._deadline - time.monotonic()))
        height = entry.height(self.width)
        if not is_complete:
            self.is_partial = True
            if not self.is_following:
                # Keeps the position of the lines that the reader sees.
                height = max(height, self._heights[at])
        self._heights.set(at, height)
        self._laid_out.pop(entry, None)
        self._laid_out[entry] = height
        self._near.add(entry)

    def _adopt(self, entry: Entry) -> None:
        """Make an entry one of this scrollback."""
        entry.set_airy(self._is_airy)
        entry.gallery = self.gallery

    def _complete(self, at: int) -> None:
        """Lay an entry out, however long it takes."""
        while not self.entries[at].lay_out(self.width, 1.0):
            pass

    def _anchor_at(self, top: _Position, *, follows: bool) -> None:
        if self.is_following and not follows and self.entries:
            self._seen = _Position(len(self.entries) - 1, self._heights[len(self.entries) - 1])
        self._top, self.is_following = top, follows

    def _line_of(self, position: _Position) -> int:
        return self._heights.top(position.entry) + position.line

    def _position_before(self, y: int) -> _Position:
        """The position of a line, expressed as the end of the line above it, so that it stays within one entry."""
        at, line = self._heights.find(max(0, y - 1))
        return _Position(at, line + 1)

    def _measure_upwards(self, at: int, lines: int) -> None:
        while at >= 0 and lines > 0 and self._may_measure(at):
            self.measure(at)
            lines -= self._heights[at]
            at -= 1

    def _measure_downwards(self, at: int, lines: int) -> None:
        while at < len(self.entries) and lines > 0 and self._may_measure(at):
            self.measure(at)
            lines -= self._heights[at]
            at += 1

    def _may_measure(self, at: int) -> bool:
        """Whether to measure an entry in this frame. If not, it is left for later.

        Costs no time if it is laid out already. One other entry is laid out in each frame, so that it goes on.
        """
        if self.entries[at].is_laid_out(self.width):
            return True
        if self._has_laid_out and time.monotonic() > self._deadline:
            self.is_partial = True
        self._has_laid_out = True
        return not self.is_partial

    def _drop_distant(self) -> None:
        """Drop the lines of the least recently used entries that are not near the view."""
        cached = sum(self._laid_out.values())
        if cached <= _MAX_CACHED_LINES:
            return
        for entry in [entry for entry in self._laid_out if entry not in self._near]:
            cached -= self._laid_out.pop(entry)
            entry.drop_lines()
            if cached <= _MAX_CACHED_LINES:
                return
