"""Wrapping runs into lines of limited width."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.markdown.documents import FAMILY, JAPAN, MANY
from tui.chat.safe_text import safe_text
from tui.ui.markdown import lines as lines_module
from tui.ui.markdown.lines import BLANK, Line, Look, Run, chop, chop_code, wrap

BOLD = Look(bold=True)

words_and_blanks = st.lists(
    st.sampled_from(
        ["a", "word", " ", "  ", "\n", "\t", "日", "本。", "「", "é", "e\u0301", FAMILY, JAPAN, "👍🏽", "—", "\xa0"]
    ),
    max_size=30,
)


def wrapped(text: str, width: int) -> list[str]:
    return [line.text for line in wrap([Run(text)], width)]


def chopped(text: str, width: int) -> list[str]:
    return [line.text for line in chop([Run(text)], width)]


def restored(lines: list[Line]) -> str:
    """The original text of the lines, including their separators."""
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
def test_text_breaks_at_blanks_before_splitting_words(text: str, width: int, lines: list[str]) -> None:
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
def test_ideographs_break_except_before_closing_punctuation(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


@pytest.mark.parametrize("character", [FAMILY, JAPAN, "👍🏽", "e\u0301", "日", "❤\ufe0f"])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_grapheme_is_never_split(character: str, width: int) -> None:
    assert set("".join(wrapped(character * 7, width)).split(character)) == {""}
    for line in [*wrapped(character * 7, width), *chopped(character * 7, width)]:
        assert line == character * (len(line) // len(character))


def test_flags_pair_from_first_regional_indicator() -> None:
    assert wrapped(f"{JAPAN}🇩🇪🇫🇷", 4) == [f"{JAPAN}🇩🇪", "🇫🇷"]


def test_lone_regional_indicator_is_one_grapheme() -> None:
    assert "".join(chopped("🇯x🇯", 1)) == "🇯x🇯"
    assert chopped("🇯x🇯", 1)[1] == "x"


@MANY
@given(words_and_blanks.map("".join), st.integers(2, 12))
def test_wrapped_lines_never_exceed_width(text: str, width: int) -> None:
    assert all(line.width <= width for line in wrap([Run(text)], width))
    assert all(line.width <= width for line in chop([Run(text.replace("\n", ""))], width))


@MANY
@given(words_and_blanks, st.integers(1, 12))
def test_wrapped_lines_and_separators_restore_the_text(words: list[str], width: int) -> None:
    runs = [Run(word, BOLD if at % 2 else Look()) for at, word in enumerate(words)]

    assert restored(wrap(runs, width)) == "".join(words)


@MANY
@given(words_and_blanks, st.integers(1, 12))
def test_chopped_lines_restore_the_text(words: list[str], width: int) -> None:
    text = "".join(words).replace("\n", "")

    assert restored(chop([Run(text)], width)) == text
    assert "".join(line.text for line in chop([Run(text)], width)) == text


@MANY
@given(words_and_blanks, st.integers(1, 12))
def test_wrapping_keeps_looks(words: list[str], width: int) -> None:
    runs = [Run(word, BOLD if at % 2 else Look()) for at, word in enumerate(words)]
    bold = "".join(run.text for run in runs if run.look.bold)

    kept = "".join(run.text for line in wrap(runs, width) for run in line.runs if run.look.bold)

    assert "".join(kept.split()) == "".join(bold.split())


def test_separator_holds_blanks_at_line_break() -> None:
    assert [line.separator for line in wrap([Run("one  two\nx  ")], 4)] == ["  ", None, None]
    assert [line.separator for line in wrap([Run("four  \nx")], 4)] == ["  \n", None]


def test_split_word_has_empty_separator() -> None:
    assert [line.separator for line in wrap([Run("abcd")], 2)] == ["", None]
    assert [line.separator for line in chop([Run("abcd")], 2)] == ["", None]


def test_chop_keeps_blanks_that_wrap_drops() -> None:
    assert chopped("  a   b", 4) == ["  a ", "  b"]
    assert wrapped("  a   b", 4) == ["  a", "b"]


def test_prefixed_line_keeps_separator_and_fill() -> None:
    line = Line((Run("x"),), " ", "block").prefixed(Run("- "), Run("> "))

    assert line == Line((Run("- "), Run("> "), Run("x")), " ", "block")
    assert (line.text, line.width) == ("- > x", 5)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), (FAMILY, 2), ("e\u0301", 1), ("", 0)])
def test_line_width_counts_cells(text: str, width: int) -> None:
    assert Line((Run(text),)).width == width == cell_len(text)


def test_no_runs_give_one_blank_line() -> None:
    assert wrap([], 10) == [BLANK]
    assert chop([], 10) == [BLANK]


@pytest.mark.parametrize("width", [0, -3])
def test_zero_or_negative_width_means_one_cell(width: int) -> None:
    assert wrapped("ab c", width) == ["a", "b", "c"]
    assert chopped("ab", width) == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("def name(first, second):", ["def name(first, ", "second):"]),
        ("value.attribute.other = 1", ["value.attribute.", "other = 1"]),
        ("x" * 20, ["x" * 16, "xxxx"]),
        ("日本 " + "x" * 16, ["日本 " + "x" * 11, "xxxxx"]),
        ("a" * 16, ["a" * 16]),
    ],
)
def test_code_breaks_between_words_and_loses_nothing(code: str, lines: list[str]) -> None:
    found = chop_code([Run(code[:3]), Run(code[3:], Look("keyword"))], 16)
    assert [line.text for line in found] == lines
    assert "".join(line.text + (line.separator or "") for line in found) == code


@given(st.text(), st.integers(1, 20))
def test_chopped_code_fits_and_is_complete(code: str, width: int) -> None:
    code = safe_text(code).replace("\n", "").replace("\t", "")
    found = chop_code([Run(code)], width)
    assert "".join(line.text for line in found) == code
    assert all(line.width <= max(2, width) for line in found)


@MANY
@given(st.text(st.sampled_from("ab  \xa0\n-"), max_size=60), st.integers(1, 14))
def test_text_of_single_cells_wraps_like_any_other(text: str, width: int) -> None:
    fast = wrap([Run(text)], width)
    with pytest.MonkeyPatch.context() as patch:
        # No text is known to have one cell for each character, so each word is measured.
        patch.setattr(lines_module, "_SINGLE_CELLS", re.compile("(?!)"))
        measured = wrap([Run(text)], width)

    assert fast == measured
