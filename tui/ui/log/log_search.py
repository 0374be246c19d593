"""Runs the search of a log beside its other work, and scrolls to the hits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from tui.ui.log.entries import Entry
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.search import Count, Hit, Search

_SLICE_S: Final = 0.008
"""How long a search runs, in seconds, before it lets key presses and frames be handled."""

_PAUSE_S: Final = 0.008
"""How long a search pauses for them, in seconds. A key passes through a dozen queues, one each turn of the event loop:
if the search resumed after one turn, a key would wait for a dozen slices."""

_REPORT_S: Final = 0.1
"""How often the number of hits is shown while a search runs."""

_AGAIN_S: Final = 1.0
"""How long entries that have changed are not searched again, in seconds."""

_AGAIN_FACTOR: Final = 4
"""How long they are not searched again, as a multiple of the time that it took."""


class LogSearch:
    """Owns what is searched for in a log, and which hit was last scrolled to."""

    def __init__(self, scrollback: Scrollback, on_progress: Callable[[Count, bool], None]) -> None:
        """Args:
        scrollback: Has the entries. It is scrolled to the current hit.
        on_progress: Called while a search runs, and when it is done or at another hit. With the hits, and whether
            all are found.
        """
        self._scrollback = scrollback
        self._on_progress = on_progress
        self._search: Search | None = None
        self._changed: set[Entry] = set()
        """Entries to search again."""
        self._is_run_again = False
        self._run_again_at = 0.0
        """The time of the event loop at which changed entries may be searched again."""
        self._is_scanning = False
        """Whether some entries were not searched yet."""
        self._shown_hit: Hit | None = None
        """The hit that was last scrolled to."""

    @property
    def count(self) -> Count | None:
        """The hits so far. None while nothing is searched for."""
        return None if self._search is None else self._search.count

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are searched for. Empty for a text, and for no search."""
        return () if self._search is None else self._search.words

    @property
    def wanted(self) -> str:
        """The text that is searched for. Empty for words, and for no search."""
        return "" if self._search is None else self._search.wanted

    def marks(self, at: int, line: int) -> Iterable[tuple[int, int, bool]]:
        """The hits in a line. See `LineView.highlights`."""
        return () if self._search is None else self._search.marks(at, line)

    async def run(self, wanted: str, bottom: int) -> None:
        """Search for a text. See `Search.scan`."""
        await self._run(self._begin().scan(wanted, bottom))

    async def run_words(self, words: tuple[str, ...], start: int) -> None:
        """Search for whole words. See `Search.scan_words`."""
        await self._run(self._begin().scan_words(words, start))

    def step(self, by: Literal[-1, 1]) -> None:
        """Go to the next hit, or with -1 to the previous one."""
        if self._search is not None:
            self._search.step(by)
            self._show(is_done=True)

    def note_change(self, at: int) -> bool:
        """Remember that an entry has changed. Returns whether to run `run_again`: not if it is running already."""
        if self._search is None:
            return False
        self._changed.add(self._scrollback.entries[at])
        return not self._is_run_again

    async def run_again(self) -> None:
        """Search the entries again that have changed, until none has.

        A long answer that streams changes many times a second, and is searched as a whole. So there is a pause between
        the searches, in which more may change.
        """
        loop = asyncio.get_running_loop()
        self._is_run_again = True
        try:
            while self._changed:
                await asyncio.sleep(max(0.0, self._run_again_at - loop.time()))
                if self._is_scanning:
                    # Hits that this finds first would be counted before there is a current one.
                    self._run_again_at = loop.time() + _AGAIN_S
                    continue
                changed, self._changed = self._changed, set()
                began = loop.time()
                for at, entry in enumerate(list(self._scrollback.entries)):
                    if entry in changed and self._search is not None:
                        await self._take_turns(self._search.look_again(at))
                self._run_again_at = loop.time() + max(_AGAIN_S, _AGAIN_FACTOR * (loop.time() - began))
                self._show(is_done=not self._is_scanning)
        finally:
            self._is_run_again = False

    def forget_positions(self) -> bool:
        """The lines were laid out anew: the hits are on other lines. Returns whether to run the search again."""
        if self._search is None:
            return False
        self._search.forget()
        return True

    def end(self) -> bool:
        """End the search. False when there was none."""
        had_search = self._search is not None
        self._search = None
        self._changed.clear()
        self._is_scanning = False
        return had_search

    def _begin(self) -> Search:
        self._search = self._search or Search(self._scrollback)
        return self._search

    async def _run(self, scan: Iterator[None]) -> None:
        self._is_scanning = True
        await self._take_turns(scan)
        self._is_scanning = False
        self._show(is_done=True)

    async def _take_turns(self, scan: Iterator[None]) -> None:
        """Run a search with pauses, in which other events are handled."""
        loop = asyncio.get_running_loop()
        pause_at = loop.time() + _SLICE_S
        report_at = 0.0
        for _ in scan:
            if (now := loop.time()) <= pause_at:
                continue
            if now > report_at or self._has_other_hit:
                self._show(is_done=not self._is_scanning)
                report_at = now + _REPORT_S
            await asyncio.sleep(_PAUSE_S)
            pause_at = loop.time() + _SLICE_S

    @property
    def _has_other_hit(self) -> bool:
        """Whether the current hit is not yet scrolled to."""
        return self._search is not None and self._search.current != self._shown_hit

    def _show(self, *, is_done: bool) -> None:
        """Scroll to the current hit if it is a new one, and report the number of hits."""
        if (search := self._search) is None:
            return
        if search.current is not None and search.current != self._shown_hit:
            self._scrollback.reveal(search.current.entry, search.spans_of(search.current)[0].line)
        self._shown_hit = search.current
        self._on_progress(search.count, is_done)
