"""Table layout."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.markdown.documents import FAMILY, JAPAN, MANY, texts
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line, Look, Run
from tui.ui.markdown.render import parse_table, render
from tui.ui.markdown.tables import Table, body_lines, columns_of, table_lines

cells = st.sampled_from(["", "a", "word", "two words", "日本語", FAMILY, JAPAN, "x" * 20, "`code`", "**b**", "é", "1"])


def copied(line: Line) -> str:
    return "".join(run.text for run in line.runs if run.copyable)


def table(source: str) -> Table:
    found = parse_table(source)
    assert found is not None
    return found


def test_columns_fit_their_content() -> None:
    assert texts("| a | bee |\n|---|---|\n| 1 | 2 |\n| three | 4 |") == [
        "a       bee",
        "───────────",
        "1         2",
        "three     4",
    ]


def test_cells_follow_column_alignment() -> None:
    assert [line.text for line in render("| left | mid | right |\n|:-|:-:|-:|\n| 1 | 2 | 3 |\n| x | yy | z |", 40)] == [
        "left   mid   right",
        "──────────────────",
        "1       2        3",
        "x      yy        z",
    ]


def test_wide_characters_keep_columns_aligned() -> None:
    lines = render(f"| 名前 | n |\n|---|---|\n| 日本語 | 1 |\n| {FAMILY} | 2 |\n| {JAPAN}e\u0301 | 3 |", 40)

    assert {cell_len(line.text) for line in lines} == {10}
    assert {cell_len(line.text[: line.text.rindex(" ")]) for line in lines if " " in line.text} == {8}
    assert lines[1].text == "─" * 10


def test_wide_cell_wraps_in_its_column() -> None:
    assert texts("| a | b |\n|---|---|\n| one two three four | x |", 14) == [
        "a            b",
        "──────────────",
        "one two      x",
        "three four",
    ]


def test_wide_columns_share_the_remaining_width() -> None:
    found = table("| a | b | c |\n|---|---|---|\n| 1 | " + "x" * 50 + " | " + "y" * 60 + " |")

    assert columns_of(found).fitted(47) == (1, 20, 20)
    assert columns_of(found).fitted(200) == (1, 50, 60)


def test_table_too_narrow_becomes_list_of_rows() -> None:
    source = "| name | what it is |\n|---|---|\n| one | the first |\n| two | the second |"

    assert texts(source, 10) == [
        "name: one",
        "what it",
        "is: the",
        "first",
        "",
        "name: two",
        "what it",
        "is: the",
        "second",
    ]


def test_table_without_rows_shows_header() -> None:
    assert texts("| a | b |\n|---|---|") == ["a   b", "─────"]
    assert texts("| aaaaaa | b |\n|---|---|", 8) == ["aaaaaa:", "b:"]


def test_rows_may_differ_in_length_from_header() -> None:
    assert texts("| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |") == ["a   b", "─────", "1", "1   2"]
    short = Table(((Run("a"),), (Run("b"),)), ("left", "left"), (((Run("1"),),),))
    assert [line.text for line in table_lines(short, 40)] == ["a   b", "─────", "1    "]
    assert [line.text for line in table_lines(short, 4)] == ["a: 1", "b: "]


def test_table_without_columns_has_no_lines() -> None:
    nothing = Table((), (), ())

    assert columns_of(nothing).fitted(40) == ()
    assert table_lines(nothing, 40) == []


def test_header_is_bold_and_cells_have_inline_looks() -> None:
    header, _, row = render("| **a** | b |\n|---|---|\n| `x` | [l](http://a.b) |", 40)

    assert {run.look for run in header.runs if run.copyable and run.text.strip()} == {Look("table-head", bold=True)}
    assert Run("x", Look("code")) in row.runs
    assert Run("l", Look("link", link="http://a.b")) in row.runs


NUMBERS = [
    "2",
    "-1,204.50",
    "~23",
    "2.1 GB",
    "38%",
    "$9.99",
    "1 000 000",
    "36 t/s",
    "9:41",
    "€ 5",
    "\u22123",
    "≈ 4",
    "58 s",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_column_of_numbers_is_aligned_right(number: str) -> None:
    *_, last = texts(f"| a | n |\n|---|---|\n| x | {'1' * 12} |\n| y | |\n| z | {number} |")
    assert last == "z   " + number.rjust(12)


@pytest.mark.parametrize("text", ["a1", "2 of 3 passes", "v2", "–", "2024-", "x", "1/", "5 minutes"])
def test_column_with_other_text_is_aligned_left(text: str) -> None:
    *_, last = texts(f"| a | n |\n|---|---|\n| x | {'1' * 15} |\n| z | {text} |")
    assert last == f"z   {text}"


def test_alignment_in_the_source_wins() -> None:
    assert texts("| a | nnn |\n|---|:--|\n| x | 1 |")[-1] == "x   1"


def test_numbers_are_not_broken_while_another_column_has_room() -> None:
    source = "| what it is | n | m |\n|---|---|---|\n| some text that wraps | 1 000 000 | 9,999 GB |"
    for width in range(27, 45):
        shown = texts(source, width)
        assert any("1 000 000   9,999 GB" in line for line in shown), width
    assert not any("1 000 000" in line for line in texts(source, 24))


def test_words_are_broken_only_where_no_column_has_room() -> None:
    source = "| one | two |\n|---|---|\n| some considerable text | other text that is much longer, but of small words |"
    assert any(line.startswith("considerable ") for line in texts(source, 26))
    assert columns_of(table(source)).fitted(17) == (7, 7)


def test_rows_that_follow_change_the_alignment_of_a_long_table() -> None:
    head, row = "| a | bbb |\n|---|---|\n", "| x | 1 |\n"
    document = MarkdownDocument(head + row * 250, finished=False)
    assert document.lines(40)[-1].text == "x     1"
    document.append("| y | z |\n")
    document.finish()

    assert document.lines(40)[150].text == "x     1"
    assert [line.text.rstrip() for line in document.lines(40)[-2:]] == ["x   1", "y   z"]
    assert document.lines(40) == MarkdownDocument(head + row * 250 + "| y | z |\n").lines(40)


def test_cell_may_contain_escaped_bar() -> None:
    assert texts("| a |\n|---|\n| x \\| y |") == ["a", "─────", "x | y"]


def test_copied_cells_are_separated_by_blank() -> None:
    header, rule, row = render("| a | b |\n|---|---|\n| one | two |", 40)

    assert (copied(header), copied(rule), copied(row)) == ("a b", "", "one two")


def test_body_lines_match_whole_table() -> None:
    found = table("| a | b |\n|---|---|\n| one two three | x |\n| y | z |")
    widths = columns_of(found).fitted(13)

    assert table_lines(found, 13)[2:] == body_lines(found, widths)


def test_parse_table_returns_none_for_other_text() -> None:
    assert parse_table("text") is None
    assert parse_table("") is None


@MANY
@given(st.lists(st.lists(cells, min_size=1, max_size=5), min_size=1, max_size=4), st.integers(2, 60))
def test_table_lines_never_exceed_width(rows: list[list[str]], width: int) -> None:
    head = "| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0])
    found = table("\n".join([head, *("| " + " | ".join(row) + " |" for row in rows[1:])]))

    assert all(line.width <= width for line in table_lines(found, width))


@MANY
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=4), st.integers(2, 60))
def test_cells_keep_every_character_at_any_width(rows: list[list[str]], width: int) -> None:
    found = table("\n".join(["| x | y | z |", "|---|---|---|", *("| " + " | ".join(row) + " |" for row in rows)]))
    written = sorted(character for row in found.rows for cell in row for run in cell for character in run.text)

    shown = sorted(character for line in table_lines(found, width) for character in copied(line))

    for character in set(written) - {" "}:
        assert shown.count(character) >= written.count(character)


@pytest.mark.parametrize("width", range(1, 12))
def test_columns_are_readable_or_table_becomes_list(width: int) -> None:
    found = table("| a | b |\n|---|---|\n| " + "x" * 9 + " | " + "y" * 9 + " |")

    widths = columns_of(found).fitted(width)

    assert widths == () or (sum(widths) + 3 <= width and min(widths) >= 4)


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", " <BR> "])
def test_line_break_tag_breaks_line_in_cell(tag: str) -> None:
    assert texts(f"| a | b |\n|---|---|\n| one{tag}two | **x**{tag}y |\n| 3 | 4 |") == [
        "a     b",
        "───────",
        "one   x",
        "two   y",
        "3     4",
    ]


def test_line_break_tag_in_code_or_prose_stays() -> None:
    assert texts("| a |\n|---|\n| `<br>` |") == ["a", "────", "<br>"]
    assert texts("one<br>two") == ["one<br>two"]


def test_line_break_tag_breaks_line_in_list_of_cells() -> None:
    assert texts("|a|b|c|\n|-|-|-|\n|one<br>two|2|3|", 8) == ["a: one", "two", "b: 2", "c: 3"]
