"""Separating a leading `<think>…</think>` from the answer, at any split of the stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.thinking import SplitContent, ThinkingSplitter, split_thinking

contents = st.lists(
    st.sampled_from(["<think>", "<think>\n", "\n</think>\n", "<", "<thi", "</", "\n", " ", "Hm", "<b>"]), max_size=8
).map("".join)


def split_in(*pieces: str) -> SplitContent:
    splitter = ThinkingSplitter()
    parts = [splitter.feed(piece) for piece in pieces] + [splitter.finish()]
    return SplitContent("".join(part.thinking for part in parts), "".join(part.answer for part in parts))


@pytest.mark.parametrize(
    ("content", "thinking", "answer"),
    [
        ("", "", ""),
        ("Yes.", "", "Yes."),
        ("  Yes.", "", "  Yes."),
        ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
        ("\n<think>\n\nHm.\nSo.</think>\n\nYes.\n", "Hm.\nSo.", "Yes.\n"),
        ("<think></think>Yes.", "", "Yes."),
        ("<think>\n</think>\n", "", ""),
        ("<think>a</think>b</think>c", "a", "b</think>c"),
        ("<think>a</thin</think>b", "a</thin", "b"),
        ("<b>bold</b>", "", "<b>bold</b>"),
        ("The tag is <think>.", "", "The tag is <think>."),
        ("</think>Yes.", "", "</think>Yes."),
        ("<think>Hm", "Hm", ""),
        ("<think>Hm</thin", "Hm</thin", ""),
        ("<", "", "<"),
        (" <think", "", " <think"),
    ],
)
def test_only_leading_tags_are_thinking_at_any_split(content: str, thinking: str, answer: str) -> None:
    assert split_thinking(content) == SplitContent(thinking, answer)
    assert split_in(*content) == SplitContent(thinking, answer)
    for cut in range(len(content) + 1):
        assert split_in(content[:cut], content[cut:]) == SplitContent(thinking, answer)


@given(contents, st.data())
def test_result_does_not_depend_on_the_split(content: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=5)))
    pieces = [content[start:stop] for start, stop in zip([0, *places], [*places, len(content)], strict=True)]

    assert split_in(*pieces) == split_thinking(content)


@pytest.mark.parametrize("partial", ["<", " <thin", "<think>Hm<", "<think>Hm</", "<think>\n"])
def test_possible_tag_is_held_back(partial: str) -> None:
    shown = ThinkingSplitter().feed(partial)

    assert "<" not in shown.thinking + shown.answer
    assert shown.answer == ""


def test_held_back_text_is_returned_once() -> None:
    splitter = ThinkingSplitter()
    splitter.feed("<")

    assert splitter.finish() == SplitContent("", "<")
    assert splitter.finish() == SplitContent("", "")


@given(contents)
def test_only_tags_and_surrounding_newlines_are_removed(content: str) -> None:
    split = split_thinking(content)

    assert split.thinking in content
    assert split.answer in content
    if not content.lstrip().startswith("<think>"):
        assert split == SplitContent("", content)
