"""safe_text: text without effects on the terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import split_graphemes

import tui.chat.safe_text as safe_text_module
from tui.chat.safe_text import SafeTextStream, is_blank, safe_line, safe_text

any_text = st.text(st.characters(categories=None), max_size=60) | st.text(
    st.sampled_from("a \n\r\t\x1b\x07\x9b\x7f\u200b\u200d\u0e34\u0301\u202e\u2066\u2028\ud83d\ude00é"), max_size=60
)

BIDI_OVERRIDES_AND_ISOLATES = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("naïve 漢字 😀", "naïve 漢字 😀"),
        ("a\r\nb", "a\nb"),
        ("50 %\r100 %", "50 %␍100 %"),
        ("\x1b[2J\x1b]52;c;aGk=\x07", "␛[2J␛]52;c;aGk=␇"),
        ("\x9b31m\x85", "\ufffd31m\ufffd"),
        ("a\x00b\x7fc", "a␀b␡c"),
        ("pay \u202eevil\u202c \u2066x\u2069", "pay evil x"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("\ufff9a\ufffab\ufffb", "ab"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_control_characters_become_visible_or_harmless(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_long_runs_of_zero_width_marks_are_shortened() -> None:
    assert safe_text("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * 8 + "b"
    assert safe_text("a" + "\u200b\ufe0f" * 4 + "b") == "a" + "\u200b\ufe0f" * 4 + "b"


@pytest.mark.parametrize(
    "mark",
    ["\u0301", "\u0e34", "\u0ec8", "\u064b", "\u05b0", "\u0941", "\u093e", "\u0f71", "\u1039", "\u20dd", "\u11a8",
     "\u200b", "\ufe0f", "\U0001f3fb", "\U0001d167", "\U000e0061", "\U0001e8d0"],
)  # fmt: skip
def test_marks_on_one_character_are_limited_in_every_script(mark: str) -> None:
    assert safe_text("a" + mark * 5_000 + "b") == "a" + mark * 8 + "b"


@pytest.mark.parametrize("unit", ["👨\u200d", "👩🏻\u200d", "❤\ufe0f\u200d", "a\u200d", "x\u0301\u200d\u200d\u200d"])
def test_characters_joined_in_one_cell_are_limited(unit: str) -> None:
    cells = split_graphemes(safe_text(unit * 1_000))[0]

    assert max(end - start for start, end, _ in cells) <= 9 * 9
    assert safe_text(unit * 8 + "a") == unit * 8 + "a"


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧 नमस्ते e\u0301",
        "👩🏻\u200d❤\ufe0f\u200d💋\u200d👨🏽",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "ที่นี่ ผู้ใหญ่ กำลัง",
        "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ",
        "שָׁלוֹם בְּרֵאשִׁית",
        "བསྒྲུབས་པ",
        "မြန်မာ ကျွန်တော်",
        "क्षत्रिय श्री",
        "한국어 각",
        "Tiếng Việt Z\u0351\u036b\u0343a",
    ],
)
def test_marks_of_ordinary_text_stay(text: str) -> None:
    assert safe_text(text) == text


def test_only_harmful_characters_are_changed() -> None:
    codes = [*range(0x10000), *range(0x10000, sys.maxunicode, 97)]
    changed = {code for code in codes if safe_text(chr(code)) != chr(code)}

    # The result is the same next to a character that is replaced.
    assert changed == {code for code in codes if code != 0x0A and safe_text(f"\x07{chr(code)}") != f"␇{chr(code)}"}
    harmful = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *map(ord, BIDI_OVERRIDES_AND_ISOLATES)}
    harmful |= {*range(0xFFF9, 0xFFFC), *range(0xD800, 0xE000)}
    assert changed == harmful - {ord("\n"), ord("\t")}


@given(any_text)
def test_output_has_no_control_characters(text: str) -> None:
    shown = safe_text(text)

    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert not BIDI_OVERRIDES_AND_ISOLATES & set(shown)
    shown.encode()


@given(any_text)
def test_safe_text_is_idempotent(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)


@given(any_text)
def test_safe_line_is_one_line(text: str) -> None:
    line = safe_line(text)

    assert len(line.splitlines()) <= 1
    assert not [c for c in line if unicodedata.category(c) == "Cc"]


def test_safe_line_keeps_every_word() -> None:
    assert safe_line(" llama3\n\t:latest\x1b ") == "llama3 :latest␛"


@pytest.mark.parametrize("mark", ["\u0301", "\u0e47", "\u200b", "\ufe0f", "\u1161", "\U0001d165", "\U000e0062"])
@pytest.mark.parametrize("size", [1, 3, 8, 20])
def test_marks_in_pieces_are_limited_on_each_character(mark: str, size: int) -> None:
    stream = SafeTextStream()
    pieces = ["e", *[mark * size] * 50, "o", "", *[mark * size] * 50]

    assert "".join(map(stream.feed, pieces)) == f"e{mark * 8}o{mark * 8}"


@pytest.mark.parametrize("unit", ["👨\u200d", "❤\ufe0f\u200d", "a\u200d"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_joined_characters_in_pieces_are_limited(unit: str, size: int) -> None:
    stream, text = SafeTextStream(), unit * 100
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert "".join(map(stream.feed, pieces)) == safe_text(text)


mark_text = st.text(st.sampled_from("ab\n é\u0301\u200d\ufe0f👨\U0001f3fb각\u11a8\x07\u202e"), max_size=40)
joined_text = st.lists(st.sampled_from(["a\u200d", "👨\u200d", "e\u0301\u200d", "b", "\u0301" * 7]), max_size=30)


@given(st.lists(mark_text | joined_text.map("".join), max_size=12))
def test_text_in_pieces_is_as_safe_as_a_whole_one(pieces: list[str]) -> None:
    stream = SafeTextStream()
    shown = "".join(map(stream.feed, pieces))

    assert safe_text(shown) == shown


@given(st.text("ab\n é\u0301👨각", max_size=30).filter(lambda text: "\u0301" * 8 not in text), st.data())
def test_ordinary_text_in_pieces_is_unchanged(text: str, data: st.DataObject) -> None:
    stream = SafeTextStream()
    cut = data.draw(st.integers(0, len(text)))

    assert stream.feed(text[:cut]) + stream.feed(text[cut:]) == text


def test_line_end_may_be_cut() -> None:
    stream = SafeTextStream()

    assert "".join(map(stream.feed, ["a\r", "\nb\r", "", "c\r\r", "\n"])) == "a\nb␍c␍\n"


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\u200b", "\ufeff\u200d", "\u00a0\u2028", "\u3164\u2800\ufe0f", "\u2062\U000e0020"]
)
def test_text_of_only_invisible_characters_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200b.", " \u0301", "❤\ufe0f", "ㅏ", "\ud800"])
def test_text_with_a_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_common_text_needs_no_patterns_of_marks() -> None:
    marks = {"Mn", "Me", "Mc", "Cf"}
    common = [chr(code) for code in range(0x2C00) if safe_text_module._WITHOUT_MARKS.fullmatch(chr(code))]

    assert [each for each in common if unicodedata.category(each) in marks] == []
    assert {"é", "Ж", "λ", "●", "▌", "→", "…"} <= set(common)
