"""Pictures as cells that a terminal fills itself: Unicode placeholders of kitty's graphics protocol.

The picture is sent once, under a number. Each cell that shows a part of it is a placeholder character with two marks,
its row and its column; the colour of the text is the number. The cells scroll, are covered and are cut off like any
text, also in tmux, which knows nothing of the picture.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

PLACEHOLDER: Final = "\U0010eeee"

_PIECE_BYTES: Final = 4096
"""The most data in one sequence, as the protocol says."""

_FIRST_MARK, _LAST_MARK = 0x300, 0x82D
"""From here to there Python's Unicode data have the same marks as those of Unicode 6.0, which the protocol uses."""

_UNUSED: Final = frozenset("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030f\u0311")
_ALSO_UNUSED: Final = frozenset("\u0313\u0314\u0342\u0653\u0654")
"""Marks that are joined with letters when text is normalized."""


@cache
def marks() -> tuple[str, ...]:
    """The marks that stand for the numbers from 0 on, by the rule of the protocol: those above a letter, in order."""
    return tuple(
        mark
        for mark in map(chr, range(_FIRST_MARK, _LAST_MARK + 1))
        if unicodedata.combining(mark) == 230
        and unicodedata.category(mark) == "Mn"
        and unicodedata.bidirectional(mark) == "NSM"
        and not unicodedata.decomposition(mark)
        and mark not in _UNUSED | _ALSO_UNUSED
    )


MOST_CELLS: Final = 129
"""The most rows and columns of a picture: as many as there are marks."""


def placeholders(number: int, row: int, columns: int) -> Segment:
    """The cells that show a row of a picture.

    Args:
        number: The number under which it was sent, below 2**24.
        row: The row, from 0.
        columns: How many columns the picture has.
    """
    mark = marks()[row]
    text = "".join(f"{PLACEHOLDER}{mark}{column}" for column in marks()[:columns])
    return Segment(text, Style(color=Color.from_rgb(*number.to_bytes(3, "big"))))


def transmission(number: int, png: bytes, columns: int, rows: int) -> Iterator[str]:
    """The sequences that send a picture. Nothing is shown until its placeholders are.

    Args:
        number: A number of ours.
        png: The picture as a PNG file.
        columns: The cells that it fills in a row.
        rows: The rows that it fills.
    """
    data = base64.b64encode(png).decode("ascii")
    pieces = [data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES)] or [""]
    # Quiet: the terminal must not respond, least of all into a program that is started next.
    keys = f"a=T,U=1,f=100,t=d,q=2,i={number},c={columns},r={rows}"
    for at, piece in enumerate(pieces):
        more = int(at < len(pieces) - 1)
        yield f"\x1b_G{keys if not at else 'q=2'},m={more};{piece}\x1b\\"


def deletion(number: int) -> str:
    """The sequence that makes the terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\"


def through_tmux(sequence: str) -> str:
    """A sequence that tmux hands on to the terminal, if its option `allow-passthrough` is on."""
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
