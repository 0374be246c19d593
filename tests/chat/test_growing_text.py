"""Texts that grow at their end."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat import growing_text
from tui.chat.growing_text import GrowingText


@pytest.fixture(autouse=True, scope="module")
def small_pieces() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing_text, "_PIECE", 10)
        patch.setattr(growing_text, "_MOST_RECENT", 3)
        yield


@given(st.lists(st.text("aé漢🙂\n", max_size=12), max_size=20), st.integers(0, 60), st.integers(0, 60))
def test_has_all_text_and_each_part_of_it(texts: list[str], start: int, stop: int) -> None:
    growing = GrowingText()
    for text in texts:
        growing.append(text)
        assert growing.part(start, stop) == "".join(texts)[: len(growing)][start:stop]
        assert growing.count("\n", start, stop) == growing.part(start, stop).count("\n")
    assert len(growing) == len("".join(texts))
    assert growing.text == "".join(texts)


@given(st.lists(st.text("ab", max_size=12), max_size=20), st.text("ab", max_size=3), st.integers(0, 60))
def test_shares_the_end_of_another_string_and_grows_on(texts: list[str], before: str, start: int) -> None:
    whole = "".join(texts)
    growing = GrowingText()
    for text in texts:
        growing.append(text)
    assert growing.share(before + whole)
    assert growing.share(before + whole)
    assert growing.part(start, len(growing)) == whole[start:]
    growing.append("more")
    assert not growing.share(f"{whole}mere")
    assert growing.part(start, len(growing)) == f"{whole}more"[start:]
    assert growing.text == f"{whole}more"


def test_does_not_share_another_text() -> None:
    growing = GrowingText("some words and more")
    growing.append("!")
    assert not growing.share("some words and less!")
    assert not growing.share("more!")
    assert growing.text == "some words and more!"


def test_the_joined_text_is_the_same_object_until_it_grows() -> None:
    growing = GrowingText("0123456789")
    growing.append("0123456789")
    assert growing.text is growing.text


def test_a_shared_text_takes_no_memory_of_its_own() -> None:
    whole = "some words " * 100_000
    growing = GrowingText()
    for at in range(0, len(whole), 1000):
        growing.append(whole[at : at + 1000])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        assert growing.share(whole)
        assert growing.part(5, 10) == whole[5:10]
        assert tracemalloc.get_traced_memory()[0] - before < len(whole) / 10
    finally:
        tracemalloc.stop()


def test_small_texts_take_hardly_more_memory_than_their_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(growing_text, "_PIECE", 2**14)
    monkeypatch.setattr(growing_text, "_MOST_RECENT", 100)
    growing = GrowingText()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for at in range(100_000):
            growing.append(f"{at:4d}"[-4:])
        taken = tracemalloc.get_traced_memory()[0] - before
        assert taken < 1.2 * len(growing)
    finally:
        tracemalloc.stop()
