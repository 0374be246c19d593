"""Finds out whether the rows of a frame are those of the frame before, moved up or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from tui.light_dataclass import dataclass

_MIN_ROWS: Final = 3
"""Changed rows below which nothing is looked for."""

_MIN_FOUND: Final = 2
"""Rows that have to be found again before the others are compared."""


@dataclass(frozen=True, slots=True)
class Scroll:
    """A region of rows whose content moves."""

    first: int
    last: int
    by: int
    """Rows that the content moves up. Negative for down."""

    def source(self, y: int) -> int | None:
        """The row that moves to a row of the region. None if that comes in empty."""
        source = y + self.by
        return source if self.first <= source <= self.last else None


def find_scroll(wanted: Mapping[int, str], shown: Sequence[str | None]) -> Scroll | None:
    """Find the region that moved. None if there is none.

    Args:
        wanted: The texts of rows that are to change.
        shown: The texts of all rows as they are now. None where there is no text of this column.
    """
    if len(wanted) < _MIN_ROWS:
        return None
    top, bottom = min(wanted), max(wanted)
    places: dict[str, int | None] = {}
    for y in range(top, bottom + 1):
        if (text := shown[y]) is not None:
            # A text that stands in several rows, such as a blank one, does not tell how far it moved.
            places[text] = None if text in places else y
    votes = Counter(place - y for y, text in wanted.items() if (place := places.get(text)) is not None and place != y)
    if not votes:
        return None
    by, count = votes.most_common(1)[0]
    if count < _MIN_FOUND:
        return None
    found = [
        y
        for y in range(max(top, top - by), min(bottom, bottom - by) + 1)
        if (text := wanted.get(y, shown[y])) is not None and text == shown[y + by]
    ]
    first, last = found[0], found[-1]
    return Scroll(min(first, first + by), max(last, last + by), by)
