"""A very long line of code, as it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY
from tui.ui.markdown import growing_code_line
from tui.ui.markdown.code import CODE
from tui.ui.markdown.code_lines import code_line_lines
from tui.ui.markdown.growing_code_line import GrowingCodeLine
from tui.ui.markdown.lines import Ground, Line, Run

WIDTH = 24


@MANY
@given(
    st.lists(st.text(st.sampled_from("ab  \t(é"), min_size=1, max_size=40), max_size=12),
    st.sampled_from(["", "日本", "e\u0301"]),
    st.integers(0, 12),
)
def test_lines_are_those_of_the_whole_line(pieces: list[str], wide: str, place: int) -> None:
    pieces = ["some code that is long, as all such lines are", *pieces]
    pieces[place:place] = [wide] if wide else []
    ground = Ground(0)
    line = GrowingCodeLine("```", WIDTH, ground)
    shown: list[Line] = []
    for piece in pieces:
        first = line.final_count
        new = line.extend(piece)
        shown = list(line.lines) if new is None else [*shown[:first], *new]

    text = "".join(pieces)
    assert shown == line.lines == code_line_lines([Run(text.expandtabs(4), CODE)], WIDTH, ground)
    assert line.size == len(text)


def test_indentation_of_the_fence_is_removed_once() -> None:
    line = GrowingCodeLine("  ```", WIDTH, Ground(0))
    line.extend("    " + "word " * 20)
    line.extend("  more")

    text = "".join(run.text for each in line.lines for run in each.runs if run.copyable)
    assert text == "  " + "word " * 20 + "  more"


def test_work_grows_with_the_length_only(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[int] = []

    def counted(runs: list[Run], *arguments: object, **named: object) -> object:
        cut.append(sum(len(run.text) for run in runs))
        return code_line_lines(runs, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(growing_code_line, "code_line_lines", counted)
    line = GrowingCodeLine("```", 80, Ground(0))
    for _ in range(10_000):
        line.extend("word")

    assert sum(cut) < 40_000 * 30
