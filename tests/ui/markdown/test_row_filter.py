"""Rows that may change what is known of the columns of a table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY
from tui.ui.markdown.incremental import table_rows
from tui.ui.markdown.render import parse_table
from tui.ui.markdown.row_filter import widening_rows
from tui.ui.markdown.tables import columns_of

HEAD = ["| a | number |", "|---|---|"]
_CELLS = st.lists(
    st.sampled_from(
        [
            "word", "a", "12", "1,204.5 %", "**bold**", "**1**", "*a b*", "`x", "`x y`", "``", "**", "*", "~~c~~",
            "[e](f)", "![g](h)", "<br>", "\\|", "\\", "&amp;", "&nbsp;", "$x^2$", "日本語", "e\u0301", "\t", "\xa0",
            " ", " ", " ", "http://a.b/c", "2*3*4", "a_b_c", "36 t/s", "[^1]", "a" * 30, "_d_",
        ]
    ),
    max_size=5,
).map("".join)  # fmt: skip
_ROWS = st.lists(
    st.one_of(
        st.tuples(_CELLS, _CELLS).map(lambda cells: f"| {cells[0]} | {cells[1]} |"),
        _CELLS.map(lambda cell: f"|{cell}"),
        st.tuples(_CELLS, _CELLS, _CELLS).map("|".join),
    ),
    min_size=1,
    max_size=8,
)


@MANY
@given(_ROWS, _ROWS)
def test_other_rows_change_nothing(before: list[str], rows: list[str]) -> None:
    header = parse_table("\n".join(HEAD))
    assert header is not None
    columns = columns_of(header).with_rows(table_rows(HEAD, before))
    widening = widening_rows(rows, columns)

    found = columns.with_rows(table_rows(HEAD, widening)) if widening else columns
    assert found == columns.with_rows(table_rows(HEAD, rows))


def test_plain_rows_that_are_no_wider_are_not_parsed() -> None:
    header = parse_table("\n".join(HEAD))
    assert header is not None
    columns = columns_of(header).with_rows(table_rows(HEAD, ["| some **bold** words | 1,000 |"]))

    assert widening_rows(["| a **word** | 12 |", "| `x` and `y` | 3.5 |"], columns) == []
    assert widening_rows(["|  |", "| a", "| a | b |"], columns) == ["| a | b |"]
