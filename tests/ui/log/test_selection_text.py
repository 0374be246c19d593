"""What is copied when lines on screen are selected."""

from __future__ import annotations

import pytest

from tui.ui.log.selection_text import text_between
from tui.ui.markdown.document import MarkdownDocument

MARGIN = 2
ALL = (0, 0), (99, 99)


def taken(source: str, width: int, start: tuple[int, int] = ALL[0], end: tuple[int, int] = ALL[1]) -> str:
    """What is copied of a document between two places on screen, each a line and a character."""
    lines = list(enumerate(MarkdownDocument(source).lines(width)))
    return text_between(lines[start[0] : end[0] + 1], start, end, MARGIN)


@pytest.mark.parametrize("width", [4, 9, 40])
@pytest.mark.parametrize("text", ["one two three four", "日本語の文字", "abcdefghijklmnop", "one\n\ntwo"])
def test_wrapped_text_is_copied_as_it_was_before_it_was_wrapped(text: str, width: int) -> None:
    assert taken(text, width) == text


def test_code_is_copied_without_margin_and_language() -> None:
    assert taken("```py\nx = 1\n\n  y\n```", 40, (1, 0)) == "x = 1\n\n  y"


def test_code_that_was_cut_is_copied_in_one_piece() -> None:
    assert taken("```\n" + "x" * 30 + "\n```", 14) == "x" * 30


def test_bullets_are_copied_but_bars_and_indents_are_not() -> None:
    assert taken("- a\n- b\n  - c", 40) == "• a\n• b\n◦ c"
    assert taken("> a\n>\n> b", 40) == "a\n\nb"


def test_the_cells_of_a_row_are_copied_apart() -> None:
    assert taken("| a | b |\n|---|---|\n| 1 | 2 |", 40, (2, 0)) == "1 2"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((0, 2), (0, 5), "one"),
        ((0, 6), (0, 9), "two"),
        ((0, 0), (0, 4), "on"),
        ((0, 0), (0, 1), ""),
        ((0, 6), (2, 3), "two\n\nt"),
        ((1, 0), (1, 9), ""),
        ((2, 4), (2, 99), "ree"),
        ((0, 5), (0, 5), ""),
    ],
)
def test_only_what_is_between_the_places_is_copied(start: tuple[int, int], end: tuple[int, int], text: str) -> None:
    assert taken("one two\n\nthree", 40, start, end) == text


def test_a_place_within_what_is_not_copied_begins_after_it() -> None:
    assert taken("> one", 40, (0, 3), (0, 99)) == "one"
    assert taken("> one", 40, (0, 5), (0, 6)) == "n"


def test_nothing_between_the_places_is_nothing() -> None:
    assert text_between([], (0, 0), (0, 0), MARGIN) == ""


def test_what_stands_only_on_screen_leaves_no_blank_line_behind() -> None:
    assert taken("| a | b |\n|---|---|\n| 1 | 2 |", 40) == "a b\n1 2"
    assert taken("so\n\n```py\nx = 1\n```", 40) == "so\n\nx = 1"
