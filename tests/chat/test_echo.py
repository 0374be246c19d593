"""EchoRemover: what a continued answer repeats, and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.echo import EchoRemover


def new_in(beginning: str, *texts: str) -> list[str]:
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
def test_a_repetition_of_all_of_the_beginning_is_left_away_and_nothing_else_is(
    texts: tuple[str, ...], new: list[str]
) -> None:
    assert new_in("Hello", *texts) == new


def test_without_a_beginning_everything_is_new() -> None:
    assert new_in("", "a", "b") == ["a", "b", ""]


@given(st.text("ab", max_size=5), st.lists(st.text("ab", max_size=3), max_size=6))
def test_nothing_is_lost_but_one_repetition(beginning: str, texts: list[str]) -> None:
    text = "".join(texts)

    assert "".join(new_in(beginning, *texts)) == text.removeprefix(beginning)
