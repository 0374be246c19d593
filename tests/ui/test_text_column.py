"""The column of the chat's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.ui.text_column import TextColumn, text_column


@pytest.mark.parametrize(
    ("area", "wanted", "column"),
    [
        (80, 96, TextColumn(2, 76)),
        (89, 96, TextColumn(3, 83)),
        (162, 96, TextColumn(32, 98)),
        (162, 0, TextColumn(3, 156)),
        (162, 40, TextColumn(60, 42)),
    ],
)
def test_column_is_centred_and_no_wider_than_wanted(area: int, wanted: int, column: TextColumn) -> None:
    assert text_column(area, wanted) == column


@given(st.integers(0, 400), st.integers(0, 400))
def test_every_area_has_a_column(area: int, wanted: int) -> None:
    column = text_column(area, wanted)

    assert column.width >= 1
    assert column.text_width >= 1
    assert column.left >= 2
    assert area < 6 or column.left + column.width <= area
