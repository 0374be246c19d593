"""Blocks of Markdown → lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FAMILY, MANY, markdown, outlines, runs, strange_text, texts
from tui.chat.safe_text import safe_text
from tui.ui.markdown.lines import Look, Run
from tui.ui.markdown.render import render


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("# x", "heading1"),
        ("## x", "heading2"),
        ("### x", "heading3"),
        ("###### x", "heading3"),
        ("x\n===", "heading1"),
    ],
)
def test_a_heading_is_bold_and_of_its_level(source: str, name: str) -> None:
    assert runs(source) == [Run("x", Look(name, bold=True))]


def test_code_and_links_in_a_heading_stay_what_they_are() -> None:
    assert runs("# a `b`") == [Run("a ", Look("heading1", bold=True)), Run("b", Look("code", bold=True))]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("- a\n- b", ["• a", "• b"]),
        ("* a\n\n* b", ["• a", "", "• b"]),
        ("- a\n  - b\n    - c\n      - d", ["• a", "  ◦ b", "    ▪ c", "      • d"]),
        ("1. a\n2. b", ["1. a", "2. b"]),
        ("7) a\n7) b", ["7) a", "8) b"]),
        ("0. a", ["0. a"]),
        ("9. a\n10. b\n    c", ["9. a", "10. b c"]),
        ("1. a\n   - b\n2. c", ["1. a", "   • b", "2. c"]),
        ("- a\n\n  b\n- c", ["• a", "", "  b", "• c"]),
        ("-\n- a", ["•", "• a"]),
        ("- # a\n- > b", ["• a", "• ▌ b"]),
        ("- ```\n  a\n  ```\n  b", ["•  a", "  b"]),
        ("- a\n- b\n\n\n- c", ["• a", "• b", "", "• c"]),
    ],
)
def test_lists_are_as_tight_and_as_deep_as_they_were_written(source: str, lines: list[str]) -> None:
    assert texts(source) == lines


def test_the_number_of_an_item_can_be_given_from_outside() -> None:
    assert [line.text for line in render("1. a", 40, 12)] == ["12. a"]
    assert [line.text for line in render("text", 40, 12)] == ["text"]
    assert [line.text for line in render("", 40, 12)] == []


def test_a_long_item_goes_on_under_its_text() -> None:
    assert texts("- one two three", 10) == ["• one two", "  three"]
    assert texts("10. one two three", 14) == ["10. one two", "    three"]


def test_only_a_box_with_text_after_it_is_a_task() -> None:
    assert texts("- [ ] a\n- [x] b\n- [X] c\n- [y] d\n- [ ]\n- `[ ] e`") == [
        "☐ a", "☑ b", "☑ c", "• [y] d", "• [ ]", "• [ ] e",
    ]  # fmt: skip
    assert texts("1. [ ] a") == ["☐ a"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("> a\n> b", ["▌ a b"]),
        ("> a\nb", ["▌ a b"]),
        ("> a\n>\n> b", ["▌ a", "▌", "▌ b"]),
        ("> > a\n> b", ["▌ ▌ a b"]),
        ("> - a\n>   > b", ["▌ • a", "▌   ▌ b"]),
        ("> ```\n> a\n> ```", ["▌  a"]),
        ("> # a\n> ---", ["▌ a", "▌", "▌ " + "─" * 38]),
    ],
)
def test_a_quote_has_a_bar_before_each_line(source: str, lines: list[str]) -> None:
    assert texts(source) == lines


def test_a_quote_changes_the_look_of_plain_text_only() -> None:
    assert runs("> a `b`") == [
        Run("▌ ", Look("quote-bar"), copyable=False),
        Run("a ", Look("quote")),
        Run("b", Look("code")),
    ]


def test_a_rule_is_as_wide_as_there_is_room() -> None:
    assert [line.text for line in render("---", 17)] == ["─" * 17]


@pytest.mark.parametrize("source", ["<div>\nx\n</div>", "<!-- x -->", "<script>x</script>"])
def test_a_block_of_html_is_text(source: str) -> None:
    assert texts(source) == [" ".join(source.split("\n"))]


def test_link_definitions_are_text_and_change_nothing_before_them() -> None:
    assert texts("[a]: http://b.c\n\n[a]") == ["[a]: http://b.c", "", "[a]"]


def test_what_is_nothing_has_no_lines() -> None:
    assert render("", 40) == []
    assert render("\n \n", 40) == []


def test_what_is_not_text_is_not_copied() -> None:
    copied = ["".join(run.text for run in line.runs if run.copyable) for line in render("> 1. a b c d\n>    - e", 16)]

    assert copied == ["1. a b c d", "• e"]
    assert ["".join(run.text for run in line.runs if run.copyable) for line in render("- a\n  b\n\n---", 3)][-1] == ""


def test_the_language_of_a_fence_is_cut_where_the_line_ends() -> None:
    assert [line.text for line in render("```" + "x" * 50 + "\na\n```", 12)] == [" " + "x" * 11, " a"]


@pytest.mark.parametrize(
    ("source", "width", "lines"),
    [
        ("> one two", 4, ["one", "two"]),
        ("- one two", 4, ["•", "one", "two"]),
        ("- - - - one", 12, ["• ◦ ▪", "    •", "    one"]),
        ("123456789. one", 12, ["123456789.", "one"]),
        ("123456789. one", 4, ["1234", "5678", "9.", "one"]),
        ("```py\none\n```", 2, [" p", "on", "e"]),
        ("> " * 9 + "one", 12, ["▌ ▌ one"]),
    ],
)
def test_what_is_nested_too_deep_for_the_width_is_not_indented_any_further(
    source: str, width: int, lines: list[str]
) -> None:
    assert texts(source, width) == lines


@MANY
@given(st.one_of(markdown, outlines).map(safe_text), st.integers(2, 30))
def test_no_line_is_wider_than_it_may_be(source: str, width: int) -> None:
    for line in render(source, width):
        assert line.width <= width


@MANY
@given(st.one_of(markdown, outlines, strange_text).map(safe_text), st.integers(1, 30))
def test_any_text_can_be_rendered_at_any_width(source: str, width: int) -> None:
    for line in render(source, width):
        assert "\n" not in line.text


@MANY
@given(st.lists(st.sampled_from(["- ", "> ", "1. ", "- [ ] ", "77777. "]), max_size=40), st.integers(2, 20))
def test_however_deep_it_is_nested_the_text_is_there(prefixes: list[str], width: int) -> None:
    shown = "".join(line.text for line in render("".join(prefixes) + f"日{FAMILY}", width))

    assert shown.count("日") == shown.count(FAMILY) == 1
