"""The sequences of kitty's graphics protocol, read as a terminal would."""

from __future__ import annotations

import base64
import random
import re

import pytest

from tui.ui.pictures.kitty import MOST_CELLS, deletion, marks, placeholders, through_tmux, transmission

SEQUENCE = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")


def test_marks_are_those_of_the_protocol() -> None:
    # Some of the list that the protocol refers to: numbers and their marks.
    assert {number: ord(marks()[number]) for number in (0, 1, 12, 30, 54, 99, 108, 128)} == {
        0: 0x305,
        1: 0x30D,
        12: 0x350,
        30: 0x483,
        54: 0x610,
        99: 0x74A,
        108: 0x816,
        128: 0x82D,
    }
    assert len(marks()) == MOST_CELLS


def test_placeholders_name_row_and_column() -> None:
    text = placeholders(7, 2, 3).text

    cells = [text[at : at + 3] for at in range(0, len(text), 3)]
    assert [(cell[0], marks().index(cell[1]), marks().index(cell[2])) for cell in cells] == [
        ("\U0010eeee", 2, column) for column in range(3)
    ]


@pytest.mark.parametrize("size", [0, 1, 3071, 3072, 3073, 20_000])
def test_picture_arrives_whole(size: int) -> None:
    png = random.Random(size).randbytes(size)

    pieces = [SEQUENCE.fullmatch(each) for each in transmission(9, png, 40, 16)]

    keys = [dict(key.split("=") for key in piece[1].split(",")) for piece in pieces if piece]
    assert len(keys) == len(pieces)
    assert all(len(piece[2]) <= 4096 for piece in pieces if piece)
    assert base64.b64decode("".join(piece[2] for piece in pieces if piece)) == png
    assert keys[0] | {"m": "0"} == {
        "a": "T",
        "U": "1",
        "f": "100",
        "t": "d",
        "q": "2",
        "i": "9",
        "c": "40",
        "r": "16",
        "m": "0",
    }
    assert [key["m"] for key in keys] == ["1"] * (len(keys) - 1) + ["0"]
    assert all(key["q"] == "2" for key in keys)


def test_terminal_frees_a_deleted_picture() -> None:
    assert deletion(9) == "\x1b_Ga=d,d=I,q=2,i=9\x1b\\"


def test_tmux_gets_a_sequence_that_it_hands_on() -> None:
    assert through_tmux("\x1b_Gi=1\x1b\\") == "\x1bPtmux;\x1b\x1b_Gi=1\x1b\x1b\\\x1b\\"
