"""Finding a text in what the log shows."""

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


def searched(wanted: str, *entries: PromptEntry | AnswerEntry, width: int = 40) -> Search:
    scrollback = Scrollback()
    scrollback.resize(width, 10)
    scrollback.show(entries)
    scrollback.settle()
    search = Search(scrollback)
    look_for(search, wanted)
    return search


def look_for(search: Search, wanted: str) -> None:
    for _ in search.scan(wanted, search._scrollback.total - 1):
        pass


def found(search: Search) -> list[str]:
    """What is marked, entry by entry; the current one in brackets."""
    marked = []
    for at, entry in enumerate(search._scrollback.entries):
        for number, line in enumerate(entry.lines(search._scrollback.width)):
            for start, end, is_here in search.marks(at, number):
                words = line.text[start:end]
                marked.append(f"[{words}]" if is_here else words)
    return marked


def test_a_text_is_found_wherever_it_stands_and_the_last_is_where_one_begins() -> None:
    search = searched("cat", prompt("A cat and a CAT"), answer("no dog"), answer("**Cat**s `concat`"))

    assert found(search) == ["cat", "CAT", "Cat", "[cat]"]
    assert search.count == Count(4, 4)


def test_what_is_marked_up_or_wrapped_is_found_as_it_is_read() -> None:
    search = searched("one two  three", answer("- **one** two\n  three"), prompt("one two three"), width=9)

    assert search.count == Count(2, 2)
    assert "".join(words.strip("[]") for words in found(search)).split() == ["one", "twothreeone", "twothree"]


def test_special_characters_mean_themselves() -> None:
    assert searched("a.*(b", prompt("a.*(b axxb")).count.total == 1
    assert searched("[", prompt("[x]")).count.total == 1


def test_steps_go_from_hit_to_hit_and_around() -> None:
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


@pytest.mark.parametrize("wanted", ["", "   ", "nowhere"])
def test_what_is_not_there_is_not_found(wanted: str) -> None:
    search = searched(wanted, prompt("some words"))

    assert found(search) == []
    assert search.count == Count(0, 0)
    assert search.step(1) is None


def test_what_stands_only_below_the_view_is_found_too() -> None:
    search = searched("needle", prompt("\n".join("abcdefghijklmnop")), prompt("needle"))
    for _ in search.scan("needle", 3):
        pass
    assert search.count == Count(1, 1)


def test_another_text_is_looked_for_without_laying_anything_out_again() -> None:
    search = searched("one", prompt("one two"), prompt("two"))
    look_for(search, "two")

    assert found(search) == ["two", "[two]"]


def test_an_answer_that_grows_is_looked_at_again() -> None:
    live = AnswerEntry(ChatMessage("a", "assistant", "", outcome="streaming"))
    search = searched("cat", prompt("cat"), live)
    assert search.count == Count(1, 1)
    live.append(StreamingChunk("a cat"))
    search.look_again(1)

    assert search.count == Count(1, 2)
    search.step(1)
    assert found(search) == ["cat", "[cat]"]


def test_a_hit_in_a_message_that_is_gone_is_left_for_one_that_is_not() -> None:
    search = searched("cat", prompt("cat"), prompt("cat"))
    search._scrollback.truncate(1)

    search.step(1)
    assert search.count == Count(1, 1)


def test_at_another_width_what_is_marked_is_the_same() -> None:
    search = searched("brown fox", prompt("the quick brown fox"))
    search._scrollback.resize(14, 10)
    search.forget()
    look_for(search, "brown fox")

    assert found(search) == ["[brown fox]"]
    search._scrollback.resize(8, 10)
    search.forget()
    look_for(search, "brown fox")
    assert found(search) == ["[brown]", "[fox]"]
