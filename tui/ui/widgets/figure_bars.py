"""Figures of several answers beside each other, with bars: speed, time to the first text, length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content

from tui.chat.formatting import format_rate, format_seconds
from tui.chat.message import AnswerStats
from tui.chat.usage_tables import draw_bar

_BAR: Final = " ━"
_MAX_BAR: Final = 24
_MIN_BAR: Final = 3
_FIGURES: Final[Sequence[tuple[str, Callable[[AnswerStats], float | None], Callable[[float], str]]]] = (
    ("speed", lambda stats: stats.tokens_per_second, lambda value: f"{format_rate(value)} tok/s"),
    ("first", lambda stats: stats.first_token_s, format_seconds),
    ("length", lambda stats: None if stats.usage is None else stats.usage.completion_tokens, lambda v: f"{v:,.0f} tok"),
)
"""For each figure its name, its value, and how it is written."""


def figure_bars(answers: Sequence[AnswerStats | None], width: int) -> list[Content]:
    """For each answer a line for each figure. Bars compare it with the other answers.

    A figure that no answer has is left out. One that an answer does not have is blank there. Unknown answers are empty.

    Args:
        answers: What is known of each answer. None for one that has not ended.
        width: Cells that there are for each.
    """
    lines: list[list[Content]] = [[] for _ in answers]
    labels = max(len(name) for name, _, _ in _FIGURES)
    known: list[tuple[str, list[float | None], list[str]]] = []
    for name, value_of, write in _FIGURES:
        values = [None if stats is None else value_of(stats) for stats in answers]
        if any(value is not None for value in values):
            known.append((name, values, ["" if value is None else write(value) for value in values]))
    texts = max((len(text) for _, _, written in known for text in written), default=0)
    room = min(_MAX_BAR, width - labels - texts - 4)
    for name, values, written in known:
        largest = max((value for value in values if value is not None), default=0.0) or 1.0
        for at, (value, text) in enumerate(zip(values, written, strict=True)):
            bar = draw_bar(value / largest, room, _BAR) if value is not None and room >= _MIN_BAR else ""
            lines[at].append(
                Content.assemble(
                    (name.ljust(labels), "$dim"), "  ", (text.rjust(texts), "$second"), "  ", (bar, "$accent")
                )
            )
    return [
        Content() if stats is None else Content("\n").join(each) for stats, each in zip(answers, lines, strict=True)
    ]
