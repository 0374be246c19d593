"""Rendering Markdown blocks as lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FAMILY, MANY, markdown, outlines, runs, strange_text, texts
from tui.chat.safe_text import safe_text
from tui.ui.markdown.document import MarkdownDocument
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
def test_heading_is_bold_with_look_of_its_level(source: str, name: str) -> None:
    assert runs(source) == [Run("x", Look(name, bold=True))]


def test_code_in_heading_keeps_its_look() -> None:
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
        ("- # a\n- > b", ["• a", "• ▎ b"]),
        ("- ```\n  a\n  ```\n  b", ["•", "    a", "  b"]),
        ("- a\n- b\n\n\n- c", ["• a", "• b", "", "• c"]),
    ],
)
def test_lists_keep_spacing_and_nesting(source: str, lines: list[str]) -> None:
    assert texts(source) == lines


def test_item_number_can_be_overridden() -> None:
    assert [line.text for line in render("1. a", 40, 12)] == ["12. a"]
    assert [line.text for line in render("text", 40, 12)] == ["text"]
    assert [line.text for line in render("", 40, 12)] == []


def test_long_item_is_indented_under_its_text() -> None:
    assert texts("- one two three", 10) == ["• one two", "  three"]
    assert texts("10. one two three", 14) == ["10. one two", "    three"]


def test_task_needs_box_followed_by_text() -> None:
    assert texts("- [ ] a\n- [x] b\n- [X] c\n- [y] d\n- [ ]\n- `[ ] e`") == [
        "[ ] a", "[x] b", "[x] c", "• [y] d", "• [ ]", "• [ ] e",
    ]  # fmt: skip
    assert texts("1. [ ] a") == ["[ ] a"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("> a\n> b", ["▎ a b"]),
        ("> a\nb", ["▎ a b"]),
        ("> a\n>\n> b", ["▎ a", "▎", "▎ b"]),
        ("> > a\n> b", ["▎ ▎ a b"]),
        ("> - a\n>   > b", ["▎ • a", "▎   ▎ b"]),
        ("> ```\n> a\n> ```", ["▎", "▎   a"]),
        ("> # a\n> ---", ["▎ a", "▎", "▎ " + "─" * 38]),
    ],
)
def test_every_quoted_line_has_a_bar(source: str, lines: list[str]) -> None:
    assert texts(source) == lines


def test_quote_changes_look_of_plain_text_only() -> None:
    assert runs("> a `b`") == [
        Run("▎ ", Look("quote-bar"), copyable=False),
        Run("a ", Look("quote")),
        Run("b", Look("code")),
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("> [!NOTE]\n> a *b*", ["▎ Note", "▎ a b"]),
        ("> [!tip]  \n> a\n> b\n>\n> c", ["▎ Tip", "▎ a b", "▎", "▎ c"]),
        ("> [!WARNING]", ["▎ Warning"]),
        ("> [!CAUTION]\n>\n> - a\n>   b", ["▎ Caution", "▎ • a b"]),
        ("> [!IMPORTANT]\na", ["▎ Important", "▎ a"]),
        ("> [!NOTE] a", ["▎ [!NOTE] a"]),
        ("> [!NOTE](http://a.b)", ["▎ !NOTE"]),
        ("> [!OTHER]\n> a", ["▎ [!OTHER] a"]),
        ("> a\n> [!NOTE]", ["▎ a [!NOTE]"]),
        ("> # [!NOTE]", ["▎ [!NOTE]"]),
        ("[!NOTE]\na", ["[!NOTE] a"]),
        ("> > [!NOTE]\n> > a", ["▎ ▎ Note", "▎ ▎ a"]),
        ("- > [!NOTE]\n  > [a](http://b.c)", ["• ▎ Note", "  ▎ a"]),
    ],
)
def test_alert_is_quote_with_a_word(source: str, lines: list[str]) -> None:
    assert texts(source) == lines
    assert [line.text.rstrip() for line in MarkdownDocument(source).lines(40)] == lines


@pytest.mark.parametrize(
    ("kind", "look"), [("NOTE", "alert"), ("Warning", "alert-warning"), ("caution", "alert-warning")]
)
def test_alert_has_its_colour_on_bar_and_word(kind: str, look: str) -> None:
    (bar, word), (other, text) = (line.runs for line in render(f"> [!{kind}]\n> a", 40))

    assert bar == other == Run("▎ ", Look(look), copyable=False)
    assert word == Run(kind.capitalize(), Look(look, bold=True))
    assert text == Run("a", Look("quote"))


@pytest.mark.parametrize("kind", ["NOTE", "caution"])
def test_large_alert_has_its_word_once(kind: str) -> None:
    source = f"> [!{kind}]\n" + "".join(f"> - line {at}\n" for at in range(300))
    document = MarkdownDocument(finished=False)
    for at in range(0, len(source), 7):
        document.append(source[at : at + 7])
        document.lines(40)
    document.finish()
    shown = [line.text for line in document.lines(40)]

    assert shown == [f"▎ {kind.capitalize()}", *(f"▎ • line {at}" for at in range(300))]


def test_alert_without_room_for_its_bar_keeps_its_word() -> None:
    assert texts("> [!NOTE]\n> a", 6) == ["Note", "a"]


def test_rule_fills_the_width() -> None:
    assert [line.text for line in render("---", 17)] == ["─" * 17]


@pytest.mark.parametrize("source", ["<div>\nx\n</div>", "<!-- x -->", "<script>x</script>"])
def test_html_block_is_text(source: str) -> None:
    assert texts(source) == [" ".join(source.split("\n"))]


def test_link_reference_definitions_are_text() -> None:
    assert texts("[a]: http://b.c\n\n[a]") == ["[a]: http://b.c", "", "[a]"]


def test_empty_source_has_no_lines() -> None:
    assert render("", 40) == []
    assert render("\n \n", 40) == []


def test_decoration_is_not_copyable() -> None:
    copied = ["".join(run.text for run in line.runs if run.copyable) for line in render("> 1. a b c d\n>    - e", 16)]

    assert copied == ["1. a b c d", "• e"]
    assert ["".join(run.text for run in line.runs if run.copyable) for line in render("- a\n  b\n\n---", 3)][-1] == ""


def test_long_fence_language_is_truncated() -> None:
    assert [line.text for line in render("```" + "x" * 50 + "\na\n```", 12)] == ["  " + "x" * 10, "  a"]


@pytest.mark.parametrize(
    ("source", "width", "lines"),
    [
        ("> one two", 4, ["one", "two"]),
        ("- one two", 4, ["•", "one", "two"]),
        ("- - - - one", 12, ["• ◦ ▪", "    •", "    one"]),
        ("123456789. one", 12, ["123456789.", "one"]),
        ("123456789. one", 4, ["1234", "5678", "9.", "one"]),
        ("```py\none\n```", 2, ["py", "on", "e"]),
        ("> " * 9 + "one", 12, ["▎ ▎ one"]),
    ],
)
def test_nesting_stops_indenting_when_too_narrow(source: str, width: int, lines: list[str]) -> None:
    assert texts(source, width) == lines


@MANY
@given(st.one_of(markdown, outlines).map(safe_text), st.integers(2, 30))
def test_lines_never_exceed_width(source: str, width: int) -> None:
    for line in render(source, width):
        assert line.width <= width


@MANY
@given(st.one_of(markdown, outlines, strange_text).map(safe_text), st.integers(1, 30))
def test_renders_any_text_at_any_width(source: str, width: int) -> None:
    for line in render(source, width):
        assert "\n" not in line.text


@MANY
@given(st.lists(st.sampled_from(["- ", "> ", "1. ", "- [ ] ", "77777. "]), max_size=40), st.integers(2, 20))
def test_deeply_nested_text_is_shown(prefixes: list[str], width: int) -> None:
    shown = "".join(line.text for line in render("".join(prefixes) + f"日{FAMILY}", width))

    assert shown.count("日") == shown.count(FAMILY) == 1
