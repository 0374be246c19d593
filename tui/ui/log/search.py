"""Finding a text in what the log shows."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tui.ui.log.entries import Entry
from tui.ui.log.flat import FlatText, Span
from tui.ui.log.scrollback import Scrollback

_REMEMBERED: Final = 64
"""Entries of which it is remembered where on screen their text stands."""


class Hit(NamedTuple):
    """A place where the text was found. Hits sort as they stand in the conversation."""

    entry: int
    start: int
    """Its first character in the text that the entry shows."""

    end: int


class Count(NamedTuple):
    """How many hits there are."""

    at: int
    """Which of them is the current one, from 1. 0 when none is."""

    total: int


Marks = dict[int, list[tuple[int, int, int]]]
"""By the lines of an entry: first character, end, and where in the entry's text the hit begins."""


@dataclass(slots=True)
class _Searched:
    """An entry that was searched."""

    revision: int
    text: str
    hits: list[tuple[int, int]]
    marks: Marks | None = None
    """None until they are wanted."""


class Search:
    """A search in a scrollback: entry by entry, from the view upwards and then downwards.

    Capitals do not matter, and any blanks stand for any others: a text is found where it is wrapped.
    """

    def __init__(self, scrollback: Scrollback) -> None:
        self.wanted = ""
        """What is looked for."""
        self.current: Hit | None = None
        """The hit that the reader is at."""
        self._scrollback = scrollback
        self._pattern: re.Pattern[str] | None = None
        self._searched: dict[Entry, _Searched] = {}
        self._places: dict[Entry, tuple[int, int, FlatText]] = {}

    def scan(self, wanted: str, bottom: int) -> Iterator[None]:
        """Look for a text. Yields after each entry, so that whoever asks can do something else between.

        Args:
            wanted: What to look for.
            bottom: The last line in view. The hit that is nearest above it becomes the current one.
        """
        self.wanted = wanted
        words = [re.escape(word) for word in wanted.split()]
        self._pattern = re.compile(r"\s+".join(words), re.IGNORECASE) if words else None
        self.current = None
        for searched in self._searched.values():
            searched.hits, searched.marks = self._hits_in(searched.text), None
        if self._pattern is None:
            return
        entries = self._scrollback.entries
        start, line = self._scrollback.find(bottom)
        for at in range(min(start, len(entries) - 1), -1, -1):
            hits = self._look_at(at)
            if self.current is None:
                before = [hit for hit in hits if at < start or self.spans_of(hit)[0].line <= line]
                self.current = before[-1] if before else None
            yield
        for at in range(start + 1, len(entries)):
            self._look_at(at)
            yield
        if self.current is None:
            self.step(1)

    @property
    def count(self) -> Count:
        """How many were found so far."""
        total = at = 0
        for number, entry in enumerate(self._scrollback.entries):
            hits = self._hits_of(entry)
            if self.current is not None and self.current.entry == number:
                at = total + bisect_left(hits, self.current[1:]) + 1
            total += len(hits)
        return Count(at, total)

    def step(self, by: Literal[-1, 1]) -> Hit | None:
        """Go to the next hit, or the one before; from the last on to the first."""
        entries = self._scrollback.entries
        current = self.current if self.current is not None and self.current.entry < len(entries) else None
        begin = (0 if by > 0 else len(entries) - 1) if current is None else current.entry
        if current is not None:
            hits = self._hits_of(entries[begin])
            here = bisect_right(hits, current[1:]) if by > 0 else bisect_left(hits, current[1:]) - 1
            if 0 <= here < len(hits):
                self.current = Hit(begin, *hits[here])
                return self.current
            begin += by
        # Past the end it begins anew, and so comes back to where it was.
        for step in range(len(entries)):
            at = (begin + by * step) % len(entries)
            if hits := self._hits_of(entries[at]):
                self.current = Hit(at, *hits[0 if by > 0 else -1])
                return self.current
        self.current = None
        return None

    def look_again(self, at: int) -> None:
        """An entry has changed."""
        if self._pattern is not None:
            self._look_at(at)

    def forget(self) -> None:
        """Nothing that was known holds any more: the lines are others now."""
        self._searched.clear()
        self._places.clear()

    def spans_of(self, hit: Hit) -> list[Span]:
        """Where on screen a hit stands: in lines of its entry."""
        return self._flat(self._scrollback.entries[hit.entry]).spans(hit.start, hit.end)

    def marks(self, at: int, line: int) -> Iterator[tuple[int, int, bool]]:
        """What is found in one line of an entry: first character, end, and whether it is the current hit."""
        searched = self._searched.get(self._scrollback.entries[at])
        if searched is None or not searched.hits:
            return
        if searched.marks is None:
            searched.marks = {}
            flat = self._flat(self._scrollback.entries[at])
            for start, end in searched.hits:
                for span in flat.spans(start, end):
                    searched.marks.setdefault(span.line, []).append((span.start, span.end, start))
        current = self.current.start if self.current is not None and self.current.entry == at else None
        for first, last, start in searched.marks.get(line, ()):
            yield first, last, start == current

    def _hits_of(self, entry: Entry) -> list[tuple[int, int]]:
        searched = self._searched.get(entry)
        return searched.hits if searched is not None else []

    def _look_at(self, at: int) -> list[Hit]:
        entry = self._scrollback.entries[at]
        searched = self._searched.get(entry)
        if searched is None or searched.revision != entry.revision:
            self._scrollback.measure(at)
            text = self._flat(entry).text
            searched = self._searched[entry] = _Searched(entry.revision, text, self._hits_in(text))
        return [Hit(at, start, end) for start, end in searched.hits]

    def _hits_in(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in self._pattern.finditer(text)] if self._pattern else []

    def _flat(self, entry: Entry) -> FlatText:
        width = self._scrollback.width
        known = self._places.get(entry)
        if known is not None and known[:2] == (entry.revision, width):
            return known[2]
        flat = FlatText(entry.lines(width))
        self._places.pop(entry, None)
        self._places[entry] = (entry.revision, width, flat)
        if len(self._places) > _REMEMBERED:
            del self._places[next(iter(self._places))]
        return flat
