"""Text search in the message log."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

from tui.light_dataclass import dataclass
from tui.ui.log.entries import Entry
from tui.ui.log.flat import FlatText, Span
from tui.ui.log.scrollback import Scrollback

_MAX_FLAT_TEXTS: Final = 64
"""Entries whose text and positions on screen are cached."""

_LINES_AT_ONCE: Final = 100
"""Lines of an entry that are read before the caller may handle other events."""


class Hit(NamedTuple):
    """An occurrence of the text. Hits sort by their position in the conversation."""

    entry: int
    start: int
    """Offset of the first character in the entry's flat text."""

    end: int
    """Offset after the last character."""


class Count(NamedTuple):
    """The number of hits, and of the current one."""

    at: int
    """The number of the current hit, from 1. 0 without hits."""

    total: int


Marks = dict[int, list[tuple[int, int, int]]]
"""By line of an entry: index of the first marked character, index after the last, and the `start` of the hit."""


@dataclass(slots=True)
class _SearchedEntry:
    """The result of searching one entry."""

    revision: int
    text: str
    query: int
    """The number of the query that the hits are of."""
    hits: list[tuple[int, int]]
    marks: Marks | None = None
    """None until the entry is painted."""


class _FlatEntry(NamedTuple):
    """The text of one entry and the positions on screen."""

    revision: int
    width: int
    flat: FlatText


class Search:
    """A search in a scrollback, entry by entry: from the view upwards, then downwards.

    Ignores case, and treats all white space alike, to find text across wrapped lines.

    Laying out a long conversation takes seconds. So the entry whose source has the text comes first: its hit is on the
    screen while the others are laid out. The text of each entry is kept, and searched again for the next query.
    """

    def __init__(self, scrollback: Scrollback) -> None:
        self.wanted = ""
        """The text to find. Empty while words are searched for."""
        self.words: tuple[str, ...] = ()
        """The words to find. Empty while a text is searched for."""
        self.current: Hit | None = None
        """The hit that the view shows."""
        self._scrollback = scrollback
        self._pattern: re.Pattern[str] | None = None
        self._query = 0
        """Counts the queries."""
        self._searched: dict[Entry, _SearchedEntry] = {}
        self._flat_texts: dict[Entry, _FlatEntry] = {}

    def scan(self, wanted: str, bottom: int) -> Iterator[None]:
        """Search for a text. Yields after each part, to let the caller handle other events in between.

        Args:
            wanted: The text to find.
            bottom: The last line in view. The nearest hit above it becomes the current one.
        """
        self.wanted, self.words = wanted, ()
        words = [re.escape(word) for word in wanted.split()]
        if not self._use_pattern(r"\s+".join(words)):
            return
        entries = self._scrollback.entries
        start, line = self._scrollback.find(bottom)
        upwards, downwards = range(min(start, len(entries) - 1), -1, -1), range(start + 1, len(entries))

        def above(at: int, hits: list[Hit]) -> Hit | None:
            """The last hit of an entry that is not below the view."""
            before = [hit for hit in hits if at < start or self.spans_of(hit)[0].line <= line]
            return before[-1] if before else None

        yield from self._find_first(upwards, above)
        if self.current is None:
            yield from self._find_first(downwards, lambda _, hits: hits[0] if hits else None)
        for at in (*upwards, *downwards):
            hits = yield from self._search_entry(at)
            if self.current is None and at <= start:
                self.current = above(at, hits)
            yield
        if self.current is None:
            self.step(1)

    def scan_words(self, words: tuple[str, ...], start: int) -> Iterator[None]:
        """Search for whole words. Yields after each part, like `scan`.

        Args:
            words: The words, each of which is a hit.
            start: The entry whose first hit becomes the current one. If it has none, there is no current one.
        """
        self.wanted, self.words = "", words
        either = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words if word.strip())
        # Not `\b`: the words are those of the index, which ends them at an underscore too.
        if not self._use_pattern(rf"(?<![^\W_])(?:{either})(?![^\W_])" if either else ""):
            return
        count = len(self._scrollback.entries)
        if start < count:
            self.current = next(iter((yield from self._search_entry(start))), None)
            yield
        for at in (*range(start - 1, -1, -1), *range(start + 1, count)):
            yield from self._search_entry(at)
            yield

    @property
    def count(self) -> Count:
        """The hits found so far."""
        total = at = 0
        for number, entry in enumerate(self._scrollback.entries):
            hits = self._hits_of(entry)
            if self.current is not None and self.current.entry == number:
                at = total + bisect_left(hits, self.current[1:]) + 1
            total += len(hits)
        return Count(at, total)

    def step(self, by: Literal[-1, 1]) -> Hit | None:
        """Go to the next or previous hit, wrapping around at the ends."""
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
        # Wraps around, and so may return to the entry it started from.
        for step in range(len(entries)):
            at = (begin + by * step) % len(entries)
            if hits := self._hits_of(entries[at]):
                self.current = Hit(at, *hits[0 if by > 0 else -1])
                return self.current
        self.current = None
        return None

    def look_again(self, at: int) -> Iterator[None]:
        """Search an entry again after it has changed. Yields after each part. Until it is done, its old hits stay."""
        if self._pattern is not None:
            yield from self._search_entry(at)

    def forget(self) -> None:
        """Clear the results after a change of width."""
        self._searched.clear()
        self._flat_texts.clear()

    def spans_of(self, hit: Hit) -> list[Span]:
        """The positions of a hit in the lines of its entry."""
        return self._flat(self._scrollback.entries[hit.entry]).spans(hit.start, hit.end)

    def marks(self, at: int, line: int) -> Iterator[tuple[int, int, bool]]:
        """The marked ranges in one line of an entry.

        Yields:
            Index of the first character, index after the last, and whether it belongs to the current hit.
        """
        searched = self._searched.get(self._scrollback.entries[at])
        if searched is None or not self._up_to_date(searched).hits:
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

    def _use_pattern(self, pattern: str) -> bool:
        """Search what is searched already for another pattern. False if it is empty."""
        self._pattern = re.compile(pattern, re.IGNORECASE) if pattern else None
        self._query += 1
        self.current = None
        return self._pattern is not None

    def _find_first(self, numbers: Iterable[int], choose: Callable[[int, list[Hit]], Hit | None]) -> Iterator[None]:
        """Make the first hit of entries the current one. Lays out only those whose source has the text.

        Others may have hits too: `**b**old` is shown as "bold". The search finds them later.

        Args:
            numbers: The entries, in the order in which they are searched.
            choose: Returns which hit of an entry counts, given the entry and its hits.
        """
        for at in numbers:
            if self._is_likely(at):
                self.current = choose(at, (yield from self._search_entry(at)))
            yield
            if self.current is not None:
                return

    def _is_likely(self, at: int) -> bool:
        """Whether searching an entry is quick, as it is laid out or its text known, or its source has the text."""
        entries = self._scrollback.entries
        if at >= len(entries):
            return False
        if self._knows_text_of(entries[at]) or entries[at].is_laid_out(self._scrollback.width):
            return True
        return self._pattern is not None and self._pattern.search(entries[at].message.content) is not None

    def _lay_out(self, at: int) -> Iterator[None]:
        """Lay an entry out completely, unfolded if the text to find is folded. Yields after each part.

        No-op if its text is known.
        """
        entries = self._scrollback.entries
        if at < len(entries) and self._pattern and self._pattern.search(entries[at].folded_text):
            entries[at].fold()
        while at < len(entries) and not self._knows_text_of(entries[at]):
            if entries[at].lay_out(self._scrollback.width, 0):
                return
            yield

    def _knows_text_of(self, entry: Entry) -> bool:
        """Whether the text of an entry, as it is now, is kept from an earlier search."""
        searched = self._searched.get(entry)
        return searched is not None and searched.revision == entry.revision

    def _hits_of(self, entry: Entry) -> list[tuple[int, int]]:
        searched = self._searched.get(entry)
        return searched.hits if searched is not None and searched.query == self._query else []

    def _up_to_date(self, searched: _SearchedEntry) -> _SearchedEntry:
        """The result of the last search of an entry, for the current query."""
        if searched.query != self._query:
            searched.query, searched.hits, searched.marks = self._query, self._hits_in(searched.text), None
        return searched

    def _search_entry(self, at: int) -> Generator[None, None, list[Hit]]:
        """Search an entry, and return its hits. Yields after each part.

        An entry that changes in between is searched as it was.
        """
        entries = self._scrollback.entries
        yield from self._lay_out(at)
        while at < len(entries) and not self._knows_text_of(entry := entries[at]):
            self._scrollback.measure(at)
            revision, width = entry.revision, self._scrollback.width
            flat = FlatText()
            lines = entry.lines(width)
            while flat.extend(islice(lines, _LINES_AT_ONCE)) and width == self._scrollback.width:
                yield
            if width == self._scrollback.width:
                self._keep(entry, _FlatEntry(revision, width, flat))
                self._searched[entry] = _SearchedEntry(revision, flat.text, self._query, self._hits_in(flat.text))
                break
            # The lines are others now.
            yield from self._lay_out(at)
        searched = self._searched.get(entries[at]) if at < len(entries) else None
        return [] if searched is None else [Hit(at, start, end) for start, end in self._up_to_date(searched).hits]

    def _hits_in(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self._pattern.finditer(text)] if self._pattern else []

    def _flat(self, entry: Entry) -> FlatText:
        """The text of an entry as it was searched: the entry may have changed since."""
        width = self._scrollback.width
        searched, cached = self._searched.get(entry), self._flat_texts.get(entry)
        revision = entry.revision if searched is None else searched.revision
        if cached is not None and (cached.revision, cached.width) == (revision, width):
            return cached.flat
        flat = FlatText(entry.lines(width))
        self._keep(entry, _FlatEntry(entry.revision, width, flat))
        return flat

    def _keep(self, entry: Entry, flat: _FlatEntry) -> None:
        self._flat_texts.pop(entry, None)
        self._flat_texts[entry] = flat
        if len(self._flat_texts) > _MAX_FLAT_TEXTS:
            # Not one that has changed: the text that was searched cannot be made again.
            unchanged = (each for each, kept in self._flat_texts.items() if kept.revision == each.revision)
            del self._flat_texts[next(unchanged, entry)]
