"""Lines of a growing block that are made again when they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY
from tui.ui.markdown import segmented_lines
from tui.ui.markdown.lines import Line, Run
from tui.ui.markdown.segmented_lines import SegmentedLines


@MANY
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=8), st.integers(0, 3), st.data())
def test_has_all_lines_in_their_order(segments: list[tuple[int, bool]], tail: int, data: st.DataObject) -> None:
    made = [[Line((Run(f"{number} {at}"),)) for at in range(size)] for number, (size, _) in enumerate(segments)]
    behind = [Line((Run(f"tail {at}"),)) for at in range(tail)]
    expected = [*(line for lines in made for line in lines), *behind]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmented_lines, "_SEGMENTS_KEPT", 2)
        lines = SegmentedLines(lambda number: list(made[number]))
        for number, (size, is_known) in enumerate(segments):
            lines.close_segment(made[number] if is_known else None, size)
        lines.tail.extend(behind)

        assert (len(lines), lines.final_count, lines.segment_count) == (
            len(expected),
            len(expected) - tail,
            len(segments),
        )
        assert list(lines) == expected
        for at in data.draw(st.lists(st.integers(0, max(0, len(expected) - 1)), max_size=9)):
            assert not expected or lines[at] == expected[at]
        start, stop = data.draw(st.tuples(st.integers(-20, 20), st.integers(-20, 20)))
        assert lines[start:stop] == expected[start:stop]


def test_only_lines_that_are_read_are_made() -> None:
    made: list[int] = []

    def make(number: int) -> list[Line]:
        made.append(number)
        return [Line(), Line()]

    lines = SegmentedLines(make)
    for _ in range(1_000):
        lines.close_segment(None, 2)

    assert lines[-1] is lines[-1]
    assert lines[7] is not lines[6]
    assert made == [999, 3]
