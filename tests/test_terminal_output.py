"""The checker of what a program writes to its terminal."""

from __future__ import annotations

import pytest

from tests.terminal_output import foreign_sequences, sequences_in


@pytest.mark.parametrize(
    "output",
    [
        "plain text, naïve, 漢字, 👨\u200d👩\u200d👧\r\n",
        "\x1b[?1049h\x1b[?25l\x1b[?2026h\x1b[H\x1b[12;40H\x1b[?2026l",
        "\x1b[1;3;38;2;255;0;12;48;2;1;2;3mtext\x1b[0m\x1b[m\x1b[2mdim",
        "\x1b[1;5r\x1b[1H\x1b[2M\x1b[3L\x1b[r\x1b[5Ctext\x1b[C",
        "\x1b[?2026$p\x1b[>1u\x1b[<u\x1b]22;text\x07",
        "␛]52;c;aGk=␇ [31m 31m",
        "flag \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_own_sequences_are_expected(output: str) -> None:
    assert foreign_sequences(output.encode()) == []


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b]52;c;aGk=\x07",
        "\x1b]52;c;aGk=\x1b\\",
        "\x1b]0;title\x07",
        "\x1b]2;title\x9c",
        "\x1b]8;;http://evil.test\x1b\\",
        "\x1b[2J",
        "\x1b[5m",
        "\x1b[1;8m",
        "\x1b[38;2;1;2m",
        "\x1b[6n",
        "\x1b[?47h",
        "\x1b[A",
        "\x1bP1$r0m\x1b\\",
        "\x1b_apc\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x1b\\",
        "\x1bc",
        "\x1b(0",
        "\x1b7",
        "\x07",
        "\x08",
        "\x00",
        "\x0e",
        "\x7f",
        "\x9b",
        "\x90",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufff9",
        "\U000e0041" * 9,
    ],
)
def test_foreign_sequences_are_found(sequence: str) -> None:
    assert foreign_sequences(f"\x1b[1mbefore{sequence}after\x1b[0m".encode()) == [sequence]


def test_bytes_that_are_not_utf8_are_found() -> None:
    assert foreign_sequences(b"a\x9b5mb\xff") == ["\udc9b", "\udcff"]


@pytest.mark.parametrize(
    ("output", "sequences"),
    [
        ("\x1b\x1b[1m", ["\x1b", "\x1b[1m"]),
        ("\x1b]0;never ends", ["\x1b]"]),
        ("\x1b[1", ["\x1b["]),
        ("\x1b", ["\x1b"]),
        ("\x1b]0;a\x1b[1m\x07", ["\x1b]", "\x1b[1m", "\x07"]),
    ],
)
def test_incomplete_sequences_count_by_themselves(output: str, sequences: list[str]) -> None:
    assert list(sequences_in(output.encode())) == sequences
    assert set(foreign_sequences(output.encode())) == set(sequences) - {"\x1b[1m"}


def test_expected_sequences_are_named_exactly() -> None:
    output = b"\x1b]52;c;aGk=\x07\x1b]52;c;RVZJTA==\x07"

    assert foreign_sequences(output, ["\x1b]52;c;aGk=\x07"]) == ["\x1b]52;c;RVZJTA==\x07"]
