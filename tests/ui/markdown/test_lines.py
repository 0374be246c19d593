"""Runs → lines that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.markdown.documents import FAMILY, JAPAN, MANY
from tui.ui.markdown.lines import BLANK, Line, Look, Run, chop, wrap

BOLD = Look(bold=True)

writing = st.lists(
    st.sampled_from(
        ["a", "word", " ", "  ", "\n", "\t", "日", "本。", "「", "é", "e\u0301", FAMILY, JAPAN, "👍🏽", "—", "\xa0"]
    ),
    max_size=30,
)


def wrapped(text: str, width: int) -> list[str]:
    return [line.text for line in wrap([Run(text)], width)]


def chopped(text: str, width: int) -> list[str]:
    return [line.text for line in chop([Run(text)], width)]


def put_together(lines: list[Line]) -> str:
    """The text that lines were made of: what they say, and what stands between them."""
    separators = ["\n" if line.separator is None else line.separator for line in lines]
    return "".join(line.text + separator for line, separator in zip(lines, separators, strict=True)).removesuffix("\n")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("one", 5, ["one"]),
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("one  two", 4, ["one", "two"]),
        ("a\nb", 5, ["a", "b"]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("a\n", 5, ["a", ""]),
        ("abcdefg", 3, ["abc", "def", "g"]),
        ("a bcdefg", 3, ["a", "bcd", "efg"]),
        ("  ab cd", 4, ["  ab", "cd"]),
        ("ab   ", 3, ["ab"]),
        ("10\xa0km on", 6, ["10\xa0km", "on"]),
        ("x" * 5, 1, ["x"] * 5),
    ],
)
def test_text_breaks_at_blanks_and_within_words_only_when_it_must(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("日本語文字", 4, ["日本", "語文", "字"]),
        ("日本語文字", 5, ["日本", "語文", "字"]),
        ("日本。語", 4, ["日", "本。", "語"]),
        ("abc日本", 4, ["abc", "日本"]),
        ("한국어", 2, ["한", "국", "어"]),
    ],
)
def test_ideographs_break_anywhere_but_before_what_must_not_begin_a_line(
    text: str, width: int, lines: list[str]
) -> None:
    assert wrapped(text, width) == lines


@pytest.mark.parametrize("character", [FAMILY, JAPAN, "👍🏽", "e\u0301", "日", "❤\ufe0f"])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_a_character_of_several_code_points_is_never_cut(character: str, width: int) -> None:
    assert set("".join(wrapped(character * 7, width)).split(character)) == {""}
    for line in [*wrapped(character * 7, width), *chopped(character * 7, width)]:
        assert line == character * (len(line) // len(character))


def test_flags_are_counted_from_the_first_half_on() -> None:
    assert wrapped(f"{JAPAN}🇩🇪🇫🇷", 4) == [f"{JAPAN}🇩🇪", "🇫🇷"]


def test_half_a_flag_is_a_character_of_its_own() -> None:
    assert "".join(chopped("🇯x🇯", 1)) == "🇯x🇯"
    assert chopped("🇯x🇯", 1)[1] == "x"


@MANY
@given(writing.map("".join), st.integers(2, 12))
def test_no_wrapped_line_is_wider_than_it_may_be(text: str, width: int) -> None:
    assert all(line.width <= width for line in wrap([Run(text)], width))
    assert all(line.width <= width for line in chop([Run(text.replace("\n", ""))], width))


@MANY
@given(writing, st.integers(1, 12))
def test_lines_and_their_joints_together_are_the_text(words: list[str], width: int) -> None:
    runs = [Run(word, BOLD if at % 2 else Look()) for at, word in enumerate(words)]

    assert put_together(wrap(runs, width)) == "".join(words)


@MANY
@given(writing, st.integers(1, 12))
def test_chopped_lines_together_are_the_text_blanks_and_all(words: list[str], width: int) -> None:
    text = "".join(words).replace("\n", "")

    assert put_together(chop([Run(text)], width)) == text
    assert "".join(line.text for line in chop([Run(text)], width)) == text


@MANY
@given(writing, st.integers(1, 12))
def test_looks_go_with_their_text(words: list[str], width: int) -> None:
    runs = [Run(word, BOLD if at % 2 else Look()) for at, word in enumerate(words)]
    bold = "".join(run.text for run in runs if run.look.bold)

    kept = "".join(run.text for line in wrap(runs, width) for run in line.runs if run.look.bold)

    assert "".join(kept.split()) == "".join(bold.split())


def test_a_joint_holds_the_blanks_that_the_break_took() -> None:
    assert [line.separator for line in wrap([Run("one  two\nx  ")], 4)] == ["  ", None, None]
    assert [line.separator for line in wrap([Run("four  \nx")], 4)] == ["  \n", None]


def test_a_word_that_was_cut_has_nothing_between_its_parts() -> None:
    assert [line.separator for line in wrap([Run("abcd")], 2)] == ["", None]
    assert [line.separator for line in chop([Run("abcd")], 2)] == ["", None]


def test_code_keeps_its_blanks_where_prose_would_lose_them() -> None:
    assert chopped("  a   b", 4) == ["  a ", "  b"]
    assert wrapped("  a   b", 4) == ["  a", "b"]


def test_a_prefix_keeps_the_joint_and_the_fill() -> None:
    line = Line((Run("x"),), " ", "block").prefixed(Run("- "), Run("> "))

    assert line == Line((Run("- "), Run("> "), Run("x")), " ", "block")
    assert (line.text, line.width) == ("- > x", 5)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), (FAMILY, 2), ("e\u0301", 1), ("", 0)])
def test_a_line_knows_its_cells(text: str, width: int) -> None:
    assert Line((Run(text),)).width == width == cell_len(text)


def test_nothing_is_one_blank_line() -> None:
    assert wrap([], 10) == [BLANK]
    assert chop([], 10) == [BLANK]


@pytest.mark.parametrize("width", [0, -3])
def test_no_room_at_all_is_room_for_one_cell(width: int) -> None:
    assert wrapped("ab c", width) == ["a", "b", "c"]
    assert chopped("ab", width) == ["a", "b"]
