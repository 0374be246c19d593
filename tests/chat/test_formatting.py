"""Values as short text."""

from __future__ import annotations

import pytest

from tui.chat.formatting import without_marks


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("## A **b** *c* `d` ~~e~~", "A b c d e"),
        ("- a\n> b\n1. c", "a\nb\n1. c"),
        ("see [here](https://example.org) ![cat](cat.png)", "see here cat"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", " a b \n \n 1 2 "),
        ("2 * 3 a_b #tag x[1] **half", "2 * 3 a_b #tag x[1] half"),
    ],
)
def test_excerpt_reads_without_marks(text: str, shown: str) -> None:
    assert without_marks(text) == shown
