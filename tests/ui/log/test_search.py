"""Searching the text that the log shows."""

from __future__ import annotations

import pytest

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.ui.log.entries import AnswerEntry, PromptEntry
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.search import Count, Search


def prompt(text: str) -> PromptEntry:
    return PromptEntry(ChatMessage("p", "user", text))


def answer(text: str) -> AnswerEntry:
    return AnswerEntry(ChatMessage("a", "assistant", text))


def searched(query: str, *entries: PromptEntry | AnswerEntry, width: int = 40) -> Search:
    scrollback = Scrollback()
    scrollback.resize(width, 10)
    scrollback.show(entries)
    scrollback.settle()
    search = Search(scrollback)
    scan_all(search, query)
    return search


def scan_all(search: Search, query: str) -> None:
    for _ in search.scan(query, search._scrollback.total - 1):
        pass


def found(search: Search) -> list[str]:
    """The marked texts, entry by entry, the current one in brackets."""
    marked = []
    for at, entry in enumerate(search._scrollback.entries):
        for number, line in enumerate(entry.lines(search._scrollback.width)):
            for start, end, is_current in search.marks(at, number):
                words = line.text[start:end]
                marked.append(f"[{words}]" if is_current else words)
    return marked


def test_search_finds_all_matches_and_starts_at_the_last() -> None:
    search = searched("cat", prompt("A cat and a CAT"), answer("no dog"), answer("**Cat**s `concat`"))

    assert found(search) == ["cat", "CAT", "Cat", "[cat]"]
    assert search.count == Count(4, 4)


def test_matches_span_markup_and_wrapped_lines() -> None:
    search = searched("one two  three", answer("- **one** two\n  three"), prompt("one two three"), width=9)

    assert search.count == Count(2, 2)
    assert "".join(words.strip("[]") for words in found(search)).split() == ["one", "twothreeone", "twothree"]


def test_regex_characters_are_literal() -> None:
    assert searched("a.*(b", prompt("a.*(b axxb")).count.total == 1
    assert searched("[", prompt("[x]")).count.total == 1


def test_step_moves_between_hits_and_wraps() -> None:
    search = searched("x", prompt("x x"), prompt("y"), prompt("x"))
    seen = []
    for _ in range(4):
        search.step(1)
        seen.append(search.count.at)
    assert seen == [1, 2, 3, 1]
    seen = []
    for _ in range(4):
        search.step(-1)
        seen.append(search.count.at)
    assert seen == [3, 2, 1, 3]


@pytest.mark.parametrize("query", ["", "   ", "nowhere"])
def test_missing_text_has_no_hits(query: str) -> None:
    search = searched(query, prompt("some words"))

    assert found(search) == []
    assert search.count == Count(0, 0)
    assert search.step(1) is None


def test_matches_below_the_view_are_found() -> None:
    search = searched("needle", prompt("\n".join("abcdefghijklmnop")), prompt("needle"))
    for _ in search.scan("needle", 3):
        pass
    assert search.count == Count(1, 1)


def test_second_search_reuses_layout() -> None:
    search = searched("one", prompt("one two"), prompt("two"))
    scan_all(search, "two")

    assert found(search) == ["two", "[two]"]


def test_growing_answer_is_searched_again() -> None:
    live = AnswerEntry(ChatMessage("a", "assistant", "", outcome="streaming"))
    search = searched("cat", prompt("cat"), live)
    assert search.count == Count(1, 1)
    live.append(StreamingChunk("a cat"))
    for _ in search.look_again(1):
        pass

    assert search.count == Count(1, 2)
    search.step(1)
    assert found(search) == ["cat", "[cat]"]


def test_answer_that_grows_while_it_is_searched_is_searched_as_it_was() -> None:
    live = AnswerEntry(ChatMessage("a", "assistant", "", outcome="streaming"))
    live.append(StreamingChunk("\n\n".join(["a cat"] * 200)))
    search = searched("", live)
    scan = search.scan("cat", search._scrollback.total - 1)
    for _ in range(20):
        next(scan)
        live.append(StreamingChunk("\n\na cat"))
    steps = sum(1 for _ in scan)

    assert steps < 500
    assert 200 <= search.count.total <= 220
    for _ in search.look_again(0):
        pass
    assert search.count.total == 220
    assert len(found(search)) == 220


def test_step_leaves_hit_in_removed_message() -> None:
    search = searched("cat", prompt("cat"), prompt("cat"))
    search._scrollback.truncate(1)

    search.step(1)
    assert search.count == Count(1, 1)


def test_marks_follow_width_change() -> None:
    search = searched("brown fox", prompt("the quick brown fox"))
    search._scrollback.resize(14, 10)
    search.forget()
    scan_all(search, "brown fox")

    assert found(search) == ["[brown fox]"]
    search._scrollback.resize(8, 10)
    search.forget()
    scan_all(search, "brown fox")
    assert found(search) == ["[brown]", "[fox]"]


def test_words_are_found_whole_and_the_first_in_the_entry_is_current() -> None:
    search = searched("", prompt("cat concat dog"), answer("cats, cat_dog and CAT"), prompt("dog"))
    for _ in search.scan_words(("cat", "dog"), 1):
        pass
    assert found(search) == ["cat", "dog", "[cat]", "dog", "CAT", "dog"]
    assert search.count == Count(3, 6)


def test_words_that_are_not_shown_have_no_current_hit() -> None:
    search = searched("", prompt("cat"), answer("dog"))
    for _ in search.scan_words(("cat",), 1):
        pass
    assert search.current is None
    for words in ((), (" ",)):
        for _ in search.scan_words(words, 5):
            pass
        assert found(search) == []


def test_search_completes_long_answers_in_steps() -> None:
    text = "\n\n".join(f"Paragraph {number}" for number in range(3_000)) + "\n\nneedle"
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    scrollback.show([answer(text)])
    search = Search(scrollback)

    assert sum(1 for _ in search.scan("needle", 0)) > 5
    assert search.count.total == 1


def test_search_unfolds_a_prompt_whose_folded_text_has_the_hit() -> None:
    text = "Why?\n\n" + "\n".join(f"line {at}" for at in range(50))
    one, other = prompt(text), prompt(text.replace("line 40", "needle"))
    search = searched("NEEDLE", one, other)

    assert (one.unfolded, other.unfolded) == (False, True)
    assert search.count == Count(1, 1)


@pytest.mark.parametrize("bottom", [0, 10_000])
def test_distant_hit_is_current_before_other_entries_are_laid_out(bottom: int) -> None:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    scrollback.show([answer("rare" if number == 50 else "common\n\ntext") for number in range(100)])
    search = Search(scrollback)

    for _ in search.scan("rare", min(bottom, scrollback.total - 1)):
        if search.current is not None:
            break

    assert search.current == (50, 1, 5)
    assert [at for at, entry in enumerate(scrollback.entries) if entry.is_laid_out(40)] == [50]


def test_hit_that_only_the_screen_shows_is_found_although_sources_have_none() -> None:
    search = searched("bold", prompt("no"), answer("**b**old"), prompt("nothing"))

    assert found(search) == ["[b]", "[old]"]
    assert search.count == Count(1, 1)


def test_entries_are_searched_one_after_another_for_the_next_text() -> None:
    search = searched("a", *(answer("a b") for _ in range(100)))

    scan = search.scan("b", search._scrollback.total - 1)
    totals = [search.count.total for _ in zip(range(5), scan, strict=False)]
    for _ in scan:
        pass

    assert max(totals) <= 5
    assert search.count == Count(100, 100)
