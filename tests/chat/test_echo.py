"""EchoRemover: removal of the repeated beginning of a continued answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.echo import EchoRemover


def feed_all(beginning: str, *texts: str) -> list[str]:
    remover = EchoRemover(beginning)
    return [*map(remover.feed, texts), remover.finish()]


@pytest.mark.parametrize(
    ("texts", "new"),
    [
        ((" there",), [" there", ""]),
        (("Hello there",), [" there", ""]),
        (("He", "llo", " there"), ["", "", " there", ""]),
        (("He", "llo there", "!"), ["", " there", "!", ""]),
        (("He", "y there"), ["", "Hey there", ""]),
        (("He",), ["", "He"]),
        (("", "Hello", "Hello"), ["", "", "Hello", ""]),
        ((), [""]),
    ],
)
def test_removes_only_a_complete_repetition(texts: tuple[str, ...], new: list[str]) -> None:
    assert feed_all("Hello", *texts) == new


def test_without_beginning_nothing_is_removed() -> None:
    assert feed_all("", "a", "b") == ["a", "b", ""]


@given(st.text("ab", max_size=5), st.lists(st.text("ab", max_size=3), max_size=6))
def test_removes_at_most_one_repetition(beginning: str, texts: list[str]) -> None:
    text = "".join(texts)

    assert "".join(feed_all(beginning, *texts)) == text.removeprefix(beginning)
