"""LogSearch: runs a search beside other work, and tells how far it is."""

from __future__ import annotations

from tui.chat.message import ChatMessage
from tui.ui.log.entries import PromptEntry
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


async def test_ended_search_finds_and_reports_nothing_more() -> None:
    log = SearchedLog()
    await log.search.run("needle", log.scrollback.total - 1)
    reports = len(log.reports)
    assert log.search.end()
    assert not log.search.end()
    log.search.step(1)
    log.search.look_again(0)

    assert not log.search.forget_positions()
    assert log.search.count is None
    assert list(log.search.marks(0, 1)) == []
    assert len(log.reports) == reports
