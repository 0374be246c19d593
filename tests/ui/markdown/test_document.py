"""A growing piece of Markdown, rendered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import (
    FEW,
    MANY,
    large_outlines,
    markdown,
    outlines,
    pieces,
    strange_text,
    streamed,
    whole,
)
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line

anything = st.one_of(markdown, outlines, strange_text)


def said(document: MarkdownDocument, width: int = 40) -> list[str]:
    return [line.text.rstrip() for line in document.lines(width)]


def test_blocks_stand_apart_and_the_items_of_a_tight_list_do_not() -> None:
    source = "# a\nb\n- c\n- d\n\n- e\n\n1. f\n2. g\n```\nh\n```"

    assert said(MarkdownDocument(source)) == [
        "a", "", "b", "", "• c", "• d", "", "• e", "", "1. f", "2. g", "", " h",
    ]  # fmt: skip


def test_what_is_open_is_shown_as_far_as_it_can_be_known() -> None:
    document = MarkdownDocument(finished=False)
    shown = []
    for character in "a **b**\n\n- c":
        document.append(character)
        shown.append(" / ".join(said(document)))

    assert shown == ["a", "a", "a", "a", "a b", "a b", "a b", "a b", "a b", "a b", "a b", "a b /  / • c"]


def codes(document: MarkdownDocument) -> list[str]:
    return [block.code for block in document.code_blocks()]


def test_its_code_is_that_of_the_fences_that_are_closed() -> None:
    document = MarkdownDocument("```py\nx\n```\n\n- y\n\n~~~\nz", finished=False)
    assert codes(document) == ["x"]
    document.finish()
    assert codes(document) == ["x", "z"]


def test_finishing_twice_changes_nothing() -> None:
    document = MarkdownDocument("a")
    document.finish()

    assert said(document) == ["a"]


def test_closed_lines_are_the_same_objects_each_time() -> None:
    document = MarkdownDocument("a\n\nb", finished=False)
    first = list(document.lines(40))
    document.append(" and more")

    assert document.lines(40)[0] is first[0]
    assert document.stable_lines() == 1


def test_another_width_lays_it_out_again() -> None:
    document = MarkdownDocument("one two three\n\n---")
    assert said(document, 5) == ["one", "two", "three", "", "─────"]
    assert said(document, 20) == ["one two three", "", "─" * 20]


def test_lines_that_were_dropped_are_made_again() -> None:
    document = MarkdownDocument("# a\n\n- b\n- c\n\nd", finished=False)
    before = list(document.lines(40))
    document.drop_lines()
    assert document.stable_lines() == 0

    assert list(document.lines(40)) == before


@pytest.mark.parametrize("source", ["a\r\nb\r\n\r\nc", "# a\r\n- b\r\n- c\r\n", "```\r\na\r\n```\r\n"])
def test_line_ends_of_two_characters_may_be_cut_in_two(source: str) -> None:
    for cut in range(len(source) + 1):
        parts = [(source[:cut], True), (source[cut:], True)]
        assert streamed(parts, 40) == whole(source.replace("\r\n", "\n"), 40)


def test_a_flood_of_marks_is_as_small_however_it_came() -> None:
    text = "a" + "\u0301" * 40 + "b"

    assert streamed([(character, False) for character in text], 40) == whole(text, 40)


@MANY
@given(anything, st.data(), st.sampled_from([1, 2, 5, 12, 20, 40, 80]))
def test_what_was_streamed_is_in_the_end_what_is_rendered_in_one_go(
    source: str, data: st.DataObject, width: int
) -> None:
    assert streamed(data.draw(pieces(source)), width) == whole(source, width)


@FEW
@given(large_outlines(), st.data(), st.sampled_from([12, 40, 80]))
def test_what_is_large_is_the_same_however_it_came(source: str, data: st.DataObject, width: int) -> None:
    assert streamed(data.draw(pieces(source)), width) == whole(source, width)


@FEW
@given(large_outlines(), st.data())
def test_lines_that_were_kept_are_those_that_were_there(source: str, data: st.DataObject) -> None:
    document = MarkdownDocument(finished=False)
    before: list[Line] = []
    for part, _ in data.draw(pieces(source)):
        document.append(part)
        lines = document.lines(40)
        assert all(one is other for one, other in zip(lines[: document.reused], before[: document.reused], strict=True))
        before = list(lines)


@MANY
@given(anything, st.data(), st.sampled_from([5, 20, 80]))
def test_stable_lines_never_change(source: str, data: st.DataObject, width: int) -> None:
    promised: list[Line] = []
    document = MarkdownDocument(finished=False)
    for part, _ in data.draw(pieces(source)):
        document.append(part)
        lines = document.lines(width)
        assert lines[: len(promised)] == promised
        promised = lines[: document.stable_lines()]
    document.finish()

    assert document.lines(width)[: len(promised)] == promised


@MANY
@given(anything, st.data(), st.integers(2, 40))
def test_no_line_is_wider_than_it_may_be_at_any_moment(source: str, data: st.DataObject, width: int) -> None:
    document = MarkdownDocument(finished=False)
    for part, _ in data.draw(pieces(source)):
        document.append(part)
        assert all(line.width <= width for line in document.lines(width))
