"""safe_text: text without effects on the terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.safe_text import safe_line, safe_text

any_text = st.text(st.characters(categories=None), max_size=60) | st.text(
    st.sampled_from("a \n\r\t\x1b\x07\x9b\x7f\u200b\u0301\u202e\u2066\u2028\ud83d\ude00é"), max_size=60
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


def test_marks_of_ordinary_text_stay() -> None:
    family = "👨\u200d👩\u200d👧 नमस्ते e\u0301"
    assert safe_text(family) == family


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
