"""The scrollback: entries stacked as lines, and a view of some of the lines that stays in place while they change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from tui.light_dataclass import dataclass
from tui.ui.log.entries import AnswerEntry, Entry
from tui.ui.log.heights import HeightIndex
from tui.ui.log.line_stack import LayoutBudget, TextPosition
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
    place: TextPosition | None = None
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
        self._is_resized = False
        """Whether the width has changed, and not all that was in view is laid out for it."""
        self.is_partial = False
        """Whether some entries near the view are not laid out yet, or only in part. `settle` continues with them."""
        self._heights = HeightIndex()
        self._top = _Position()
        self._seen = _Position()
        """The end of what the reader has seen, while not following."""
        self._laid_out: dict[Entry, int] = {}
        """Heights of the entries that are laid out, least recently used first."""
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
            if position.place is None:
                position.place = self.entries[position.entry].place_of(position.line, self.width)
        self.width, self._is_airy = width, is_airy
        self._is_resized = True
        for entry in self.entries:
            entry.set_airy(is_airy)
        self._heights = HeightIndex(entry.estimate(width) for entry in self.entries)
        self._laid_out = {}
        for position in positions:
            entry = self.entries[position.entry]
            position.line = entry.line_of(position.place or (0,), width)
            self._heights.set(position.entry, entry.height(width))

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
        budget = LayoutBudget(_SLICE_S)
        if self.is_following:
            # The view first. The lines above it take what is left of the time.
            for lines in (self.view_height, 2 * self.view_height):
                self._lay_out_upwards(len(self.entries) - 1, lines, budget)
            top = max(0, self.total - self.view_height)
        else:
            self._lay_out_around_top(budget)
            top = self._line_of(self._top)
            bottom = min(top + self.view_height, self.total)
            if bottom > self._line_of(self._seen):
                self._seen = self._position_before(bottom)
        self.is_partial = budget.is_exhausted
        self._drop_distant()
        return top

    def measure(self, at: int) -> None:
        """Record the height of an entry that has changed. Lines of it that are not near the view stay estimates."""
        self._record_height(at)

    def _record_height(self, at: int) -> None:
        entry = self.entries[at]
        height = entry.height(self.width)
        self._heights.set(at, height)
        self._laid_out.pop(entry, None)
        self._laid_out[entry] = height
        self._near.add(entry)

    def _adopt(self, entry: Entry) -> None:
        """Make an entry one of this scrollback."""
        entry.set_airy(self._is_airy)
        entry.gallery = self.gallery

    def _lay_out(self, at: int, line: int | None, above: int, below: int, budget: LayoutBudget) -> int:
        """Lay out lines of an entry, and record its height. See `Entry.lay_out_near`."""
        entry = self.entries[at]
        line = entry.lay_out_near(self.width, line, above, below, budget)
        if entry.is_laid_out(self.width):
            self._record_height(at)
        return line

    def _lay_out_around_top(self, budget: LayoutBudget) -> None:
        """Lay out the lines around the line at the top of the view, which stays there."""
        top = self._top
        if top.entry >= len(self.entries):
            return
        if top.line >= self._heights[top.entry]:
            # The line is below the entry.
            self._top = top = _Position(*self._heights.find(self._line_of(top)))
        line = self._lay_out(top.entry, top.line, self.view_height, 2 * self.view_height, budget)
        if self._seen.entry == top.entry and self._seen.line >= top.line:
            self._seen.line += line - top.line
        top.line = line
        if self._is_resized and top.place is not None:
            # Its line is known once what is above it in its block was laid out.
            top.line = self.entries[top.entry].line_of(top.place, self.width)
            self._is_resized = budget.is_exhausted
        self._lay_out_downwards(top.entry + 1, 2 * self.view_height - (self._heights[top.entry] - line), budget)
        self._lay_out_upwards(top.entry - 1, self.view_height - line, budget)

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

    def _lay_out_upwards(self, at: int, lines: int, budget: LayoutBudget) -> None:
        while at >= 0 and lines > 0 and not budget.is_exhausted:
            self._lay_out(at, None, lines, 0, budget)
            lines -= self._heights[at]
            at -= 1

    def _lay_out_downwards(self, at: int, lines: int, budget: LayoutBudget) -> None:
        while at < len(self.entries) and lines > 0 and not budget.is_exhausted:
            self._lay_out(at, 0, 0, lines, budget)
            lines -= self._heights[at]
            at += 1

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
