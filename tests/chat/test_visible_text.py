"""Texts that the user has to judge: nothing in them is hidden."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.visible_text import Piece, lookalikes, readable_line, readable_pieces, visible_line, visible_pieces


def shown(text: str) -> str:
    return "".join(piece.text for piece in visible_pieces(text))


@pytest.mark.parametrize("text", ["", "ls -l /tmp", "two\nlines", "naïve Füße 名前 привет", "a b"])
def test_visible_text_stays_as_it_is(text: str) -> None:
    assert shown(text) == text
    assert not any(piece.is_name for piece in visible_pieces(text))


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u202e", "U+202E"),
        ("\u200b", "U+200B"),
        ("\u00a0", "U+00A0"),
        ("\u3164", "U+3164"),
        ("\x1b", "U+001B"),
        ("\t", "U+0009"),
        ("\r", "U+000D"),
        ("\u2028", "U+2028"),
        ("\ufe0f", "U+FE0F"),
        ("\ud800", "U+D800"),
        ("\U000e0041", "U+E0041"),
        ("\ue000", "U+E000"),
    ],
)
def test_invisible_character_gets_a_name(character: str, name: str) -> None:
    assert visible_pieces(f"rm{character}x") == [Piece("rm"), Piece(f"⟨{name}⟩", is_name=True), Piece("x")]


def test_text_cannot_imitate_a_name() -> None:
    assert shown("⟨U+202E⟩") == "⟨U+27E8⟩U+202E⟨U+27E9⟩"


def test_piled_up_marks_get_names() -> None:
    assert shown("e" + "\u0301" * 3) == "e\u0301\u0301⟨U+0301⟩"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two\nlines\tand a tab",
        "10\u00a0km",
        "\u2764\ufe0f \U0001f469\u200d\U0001f4bb \U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "Zusammen\u00adarbeit",
        "\u2801\u2800\u2802",
        "\u27e8x\u27e9",
    ],
)
def test_ordinary_text_stays_readable(text: str) -> None:
    assert "".join(piece.text for piece in readable_pieces(text)) == text
    assert not any(piece.is_name for piece in readable_pieces(text))


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u2066", "\u200b", "\u2060", "\ufeff", "\u3164", "\U000e0041", "\U000e0101", "\ufe01", "\u200d\u200d"],
)
def test_hidden_text_of_a_server_gets_names(character: str) -> None:
    names = [Piece(f"⟨U+{ord(each):04X}⟩", is_name=True) for each in character]

    assert readable_pieces(f"é{character}x") == [Piece("é"), *names, Piece("x")]


def test_text_of_a_server_is_safe_to_print() -> None:
    assert readable_line("é\x1b[31m\r\nx\u2028y\ud800") == "é␛[31m x y\ufffd"


def test_name_of_a_tool_is_one_line() -> None:
    assert visible_line("read\nfile\u202e") == "read⟨U+000A⟩file⟨U+202E⟩"


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    left = {unicodedata.category(character) for character in shown(text) if character not in " \n"}

    assert not left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}


@given(st.text(), st.text())
def test_different_texts_look_different(one: str, other: str) -> None:
    assert (one == other) == (shown(one) == shown(other))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open раypal.com", ["раypal: U+0440 U+0430"]),
        ("cat /etc/сору", ["сору: U+0441 U+043E U+0440 U+0443"]),
        ("a∕b", ["∕: U+2215, not /"]),
        ("ｒｍ -rf", ["ｒｍ: U+FF52 U+FF4D"]),
        ("x：y", ["：: U+FF1A, not :"]),
    ],
)
def test_lookalikes_are_pointed_out(text: str, found: list[str]) -> None:
    assert lookalikes(text) == found


@pytest.mark.parametrize("text", ["", "plain", "Это просто текст о росе", "Ελληνικά και άλλα", "naïve 名前", "5 µm ²"])
def test_ordinary_text_has_no_lookalikes(text: str) -> None:
    assert lookalikes(text) == []
