"""The text copied from selected lines."""

from __future__ import annotations

import pytest

from tui.ui.log.selection_text import text_between
from tui.ui.markdown.document import MarkdownDocument

MARGIN = 2
ALL = (0, 0), (99, 99)


def copied(source: str, width: int, start: tuple[int, int] = ALL[0], end: tuple[int, int] = ALL[1]) -> str:
    """The text copied from a document.

    Args:
        source: The Markdown source.
        width: The width to render at.
        start: The line and column where the selection starts.
        end: The line and column where the selection ends.
    """
    lines = list(enumerate(MarkdownDocument(source).lines(width)))
    return text_between(lines[start[0] : end[0] + 1], start, end, MARGIN)


@pytest.mark.parametrize("width", [4, 9, 40])
@pytest.mark.parametrize("text", ["one two three four", "日本語の文字", "abcdefghijklmnop", "one\n\ntwo"])
def test_wrapped_text_is_copied_unwrapped(text: str, width: int) -> None:
    assert copied(text, width) == text


def test_code_is_copied_without_margin_and_language() -> None:
    assert copied("```py\nx = 1\n\n  y\n```", 40, (1, 0)) == "x = 1\n\n  y"


def test_chopped_code_line_is_copied_as_one_line() -> None:
    assert copied("```\n" + "x" * 30 + "\n```", 14) == "x" * 30


def test_bullets_are_copied_but_bars_and_indents_are_not() -> None:
    assert copied("- a\n- b\n  - c", 40) == "• a\n• b\n◦ c"
    assert copied("> a\n>\n> b", 40) == "a\n\nb"


def test_table_cells_are_copied_with_blank_between() -> None:
    assert copied("| a | b |\n|---|---|\n| 1 | 2 |", 40, (2, 0)) == "1 2"


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
def test_only_selected_range_is_copied(start: tuple[int, int], end: tuple[int, int], text: str) -> None:
    assert copied("one two\n\nthree", 40, start, end) == text


def test_selection_inside_decoration_begins_after_it() -> None:
    assert copied("> one", 40, (0, 3), (0, 99)) == "one"
    assert copied("> one", 40, (0, 5), (0, 6)) == "n"


def test_empty_selection_copies_nothing() -> None:
    assert text_between([], (0, 0), (0, 0), MARGIN) == ""


def test_decoration_lines_leave_no_blank_lines() -> None:
    assert copied("| a | b |\n|---|---|\n| 1 | 2 |", 40) == "a b\n1 2"
    assert copied("so\n\n```py\nx = 1\n```", 40) == "so\n\nx = 1"
