"""Markdown as lines that read well aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.plain.markdown import PlainMarkdown


def spoken(source: str, size: int = 0) -> str:
    """The translation of a text that comes in pieces of a size; 0 for all at once."""
    markdown = PlainMarkdown()
    pieces = [source[at : at + size] for at in range(0, len(source), size)] if size else [source]
    return "".join([*map(markdown.feed, pieces), markdown.finish()])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("# A *title*", "Heading: A title"),
        ("Title\n=====\ntext", "Title\ntext"),
        ("**bold**, _it_ and `code`", "bold, it and code"),
        ("snake_case and 2*3*4 and `a*b`", "snake_case and 2*3*4 and a*b"),
        ("[here](https://example.org/a_b)", "here (https://example.org/a_b)"),
        ("<https://example.org>", "https://example.org"),
        ("![a cat](cat.png)", "Image: a cat (cat.png)"),
        ("- [ ] one\n- [x] two", "- not done: one\n- done: two"),
        ("> a\n> b", "Quote: a\nb"),
        ("> [!NOTE]\n> Look.", "Note:\nLook."),
        ("a\n\n---\n\nb", "a\n\n\n\nb"),
        ("one<br>two", "one\ntwo"),
        ("```py\nx = '**'\n```", "Code, py:\nx = '**'\nEnd of code."),
        ("1. a\n   ```\n   b\n     c\n   ```", "1. a\nCode:\nb\n  c\nEnd of code."),
        ("```\nopen", "Code:\nopen\nEnd of code."),
        ("a | b", "a | b"),
        ("\\*kept\\*", "*kept*"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_marks_become_words_or_go(source: str, said: str) -> None:
    assert spoken(source) == said + "\n"


def test_table_is_read_row_by_row_with_its_columns() -> None:
    table = "| Name | Size |\n| --- | ---: |\n| `a\\|b` | 1 |\n| c | |\n\nbehind"

    assert spoken(table).splitlines() == [
        "Table with 2 columns: Name, Size.",
        "Row 1: Name: a|b; Size: 1.",
        "Row 2: Name: c.",
        "End of table, 2 rows.",
        "",
        "behind",
    ]


def test_line_without_end_is_held_back_until_a_sentence_ends() -> None:
    markdown = PlainMarkdown()

    assert markdown.feed("One. **Two. Three**") == ""
    assert markdown.part() == "One. "
    assert markdown.part() == ""
    assert markdown.feed(". Four") == ""
    assert markdown.part() == "Two. Three. "
    assert markdown.part(at_sentence=False) == ""
    assert markdown.feed(" five\n") == "Four five\n"


def test_part_of_a_line_after_a_pause_ends_behind_a_word() -> None:
    markdown = PlainMarkdown()
    markdown.feed("- some words wi")

    assert markdown.part(at_sentence=False) == "- some words "
    assert markdown.feed("th an end\n") == "with an end\n"


@pytest.mark.parametrize("begun", ["| a. | b. ", "```\nx = 1. ", "# Title. ", "    code. ", "[link. ](http", "`co. de"])
def test_what_may_become_something_else_waits_for_its_line(begun: str) -> None:
    markdown = PlainMarkdown()
    markdown.feed(begun)

    assert markdown.part() == ""


def test_line_that_takes_too_long_is_said_as_far_as_it_has_come() -> None:
    markdown = PlainMarkdown()
    assert markdown.feed("| a | b |\n| --") == ""

    assert markdown.rest() == "| a | b |\n| --"
    assert markdown.rest() == ""
    assert markdown.feed("- |\n```\nx = [1") == "- |\nCode:\n"
    assert markdown.rest() == "x = [1"
    assert markdown.feed(", 2]\n```\nend") == ", 2]\nEnd of code.\n"
    assert markdown.finish() == "end\n"


def test_control_characters_are_harmless_also_behind_references() -> None:
    said = spoken("a\x1b[31mb &#x202e;c &#27;[0m \x07\x9b")

    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\u202e" not in said
    assert "\x9b" not in said


@given(st.text(alphabet="ab*_`|-#>[]()! \n\\1.<&;", max_size=80), st.integers(1, 7))
def test_pieces_read_like_the_whole(source: str, size: int) -> None:
    assert spoken(source, size) == spoken(source)


@given(st.text(alphabet="zq*`-#> \n.", max_size=80), st.booleans())
def test_no_letter_is_lost_or_said_twice(source: str, at_sentence: bool) -> None:
    markdown = PlainMarkdown()
    said = ""
    for character in source:
        said += markdown.feed(character) + markdown.part(at_sentence=at_sentence)
    said += markdown.finish()

    # None of our own words has these letters.
    assert [letter for letter in said if letter in "zq"] == [letter for letter in source if letter in "zq"]
