"""Figures of compared answers, with bars."""

from __future__ import annotations

from tui.chat.chunk import Usage
from tui.chat.message import AnswerStats
from tui.ui.widgets.figure_bars import figure_bars

FAST = AnswerStats(Usage(5, 100), first_token_s=0.5, tokens_per_second=80.0)
SLOW = AnswerStats(Usage(5, 50), first_token_s=2.0, tokens_per_second=20.0)


def rows(answers: list[AnswerStats | None], width: int = 60) -> list[list[tuple[str, int]]]:
    """For each answer the words of each line, and the length of its bar."""
    return [
        [(" ".join(line.replace("━", "").split()), line.count("━")) for line in content.plain.splitlines()]
        for content in figure_bars(answers, width)
    ]


def test_bars_compare_each_figure_with_the_other_answers() -> None:
    assert rows([FAST, SLOW]) == [
        [("speed 80 tok/s", 24), ("first 0.50 s", 6), ("length 100 tok", 24)],
        [("speed 20 tok/s", 6), ("first 2.0 s", 24), ("length 50 tok", 12)],
    ]


def test_figures_that_no_answer_has_are_left_out() -> None:
    assert rows([AnswerStats(first_token_s=1.0), None, AnswerStats()]) == [[("first 1.0 s", 24)], [], [("first", 0)]]
    assert rows([None, AnswerStats()]) == [[], []]


def test_narrow_columns_have_figures_without_bars() -> None:
    assert rows([FAST, SLOW], 20)[0] == [("speed 80 tok/s", 0), ("first 0.50 s", 0), ("length 100 tok", 0)]


def test_figures_of_zero_have_no_bar() -> None:
    assert rows([AnswerStats(first_token_s=0.0)]) == [[("first 0.00 s", 0)]]
