"""LogSearch: runs a search beside other work, and tells how far it is."""

from __future__ import annotations

import asyncio

import pytest

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.ui.log import log_search
from tui.ui.log.entries import AnswerEntry, PromptEntry
from tui.ui.log.log_search import LogSearch
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.search import Count


class SearchedLog:
    """A search in three prompts, with what it reported."""

    def __init__(self) -> None:
        self.scrollback = Scrollback()
        self.scrollback.resize(40, 10)
        self.scrollback.show([PromptEntry(ChatMessage(id_, "user", f"a needle in {id_}")) for id_ in "abc"])
        self.scrollback.settle()
        self.reports: list[tuple[Count, bool]] = []
        self.search = LogSearch(self.scrollback, lambda count, is_done: self.reports.append((count, is_done)))


async def test_search_starts_at_the_last_hit_and_steps_around() -> None:
    log = SearchedLog()
    await log.search.run("needle", log.scrollback.total - 1)
    assert log.reports[-1] == (Count(3, 3), True)
    log.search.step(1)

    assert log.search.count == Count(1, 3)
    assert log.reports[-1] == (Count(1, 3), True)


async def test_words_replace_the_text_that_is_searched_for() -> None:
    log = SearchedLog()
    await log.search.run("needle", log.scrollback.total - 1)
    await log.search.run_words(("b", "needle"), 1)

    assert (log.search.wanted, log.search.words) == ("", ("b", "needle"))
    assert log.search.count == Count(2, 4)


async def test_changed_entry_keeps_its_hits_until_it_is_searched_again() -> None:
    log = SearchedLog()
    live = AnswerEntry(ChatMessage("d", "assistant", "", outcome="streaming"))
    log.scrollback.append(live)
    await log.search.run("needle", log.scrollback.total - 1)
    reports = len(log.reports)
    for _ in range(5):
        live.append(StreamingChunk("a needle "))
        assert log.search.note_change(3)
    assert log.search.count == Count(3, 3)
    await log.search.run_again()

    assert log.search.count == Count(3, 8)
    assert log.reports[-1] == (Count(3, 8), True)
    assert len(log.reports) > reports


async def test_change_during_the_search_for_changes_is_found_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "_AGAIN_S", 0.01)
    log = SearchedLog()
    live = AnswerEntry(ChatMessage("d", "assistant", "", outcome="streaming"))
    log.scrollback.append(live)
    await log.search.run("needle", log.scrollback.total - 1)
    log.search.note_change(3)
    await log.search.run_again()
    live.append(StreamingChunk("a needle"))
    assert log.search.note_change(3)
    again = asyncio.create_task(log.search.run_again())
    await asyncio.sleep(0)
    live.append(StreamingChunk(", and a needle"))

    # It waits now, and takes both.
    assert not log.search.note_change(3)
    await again
    assert log.search.count == Count(3, 5)


async def test_changed_entry_is_searched_again_after_the_first_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "_AGAIN_S", 0.01)
    # It pauses after each step.
    monkeypatch.setattr(log_search, "_SLICE_S", -1.0)
    log = SearchedLog()
    live = AnswerEntry(ChatMessage("d", "assistant", "", outcome="streaming"))
    log.scrollback.append(live)
    first = asyncio.create_task(log.search.run("needle", log.scrollback.total - 1))
    await asyncio.sleep(0)
    live.append(StreamingChunk("a needle"))
    assert log.search.note_change(3)
    await asyncio.gather(first, log.search.run_again())

    assert all(count.at for count, _ in log.reports if count.total)
    assert log.search.count is not None
    assert log.search.count.total == 4


async def test_ended_search_finds_and_reports_nothing_more() -> None:
    log = SearchedLog()
    await log.search.run("needle", log.scrollback.total - 1)
    reports = len(log.reports)
    assert log.search.end()
    assert not log.search.end()
    log.search.step(1)
    assert not log.search.note_change(0)

    assert not log.search.forget_positions()
    assert log.search.count is None
    assert list(log.search.marks(0, 1)) == []
    assert len(log.reports) == reports
