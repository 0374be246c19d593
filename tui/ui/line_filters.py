"""All filters of painted lines as one.

Textual applies each filter to each line of each frame, and keeps what it made of a line with the line: another line,
with caches of its own. One filter for all costs a third.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class FilterChain(LineFilter):
    """Filters that are applied one after the other."""

    def __init__(self, filters: Iterable[LineFilter]) -> None:
        """Args:
        filters: The filters, in order.
        """
        super().__init__()
        self.filters = tuple(filters)
        self._others: dict[type[LineFilter], FilterChain] = {}

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of a line after all filters."""
        for each in self.filters:
            segments = each.apply(segments, background)
        return segments

    def without(self, kind: type[LineFilter]) -> FilterChain:
        """The same filters but for one kind. The same object each time, because lines are cached by their filter."""
        if kind not in self._others:
            kept = tuple(each for each in self.filters if not isinstance(each, kind))
            self._others[kind] = self if kept == self.filters else FilterChain(kept)
        return self._others[kind]
