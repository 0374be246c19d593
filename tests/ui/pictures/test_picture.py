"""Pictures as cells."""

from __future__ import annotations

import pytest
from rich.color import Color

from tests.ui.pictures.images import BLUE, GREEN, RED
from tui.ui.pictures.decoding import Pixels, PixelSize
from tui.ui.pictures.picture import CellSize, Picture, fitted


def test_each_cell_shows_an_upper_and_a_lower_pixel() -> None:
    picture = Picture(CellSize(3, 1), Pixels(PixelSize(3, 2), bytes([*RED, *RED, *GREEN, *BLUE, *BLUE, *GREEN])))

    halves, plain = picture.row(0, in_graphics=False)

    assert halves.text == "▄▄"
    assert halves.style is not None
    assert (halves.style.bgcolor, halves.style.color) == (Color.from_rgb(*RED), Color.from_rgb(*BLUE))
    assert plain.text == " "
    assert plain.style is not None
    assert plain.style.bgcolor == Color.from_rgb(*GREEN)


def test_terminal_fills_the_cells_only_if_it_has_the_picture() -> None:
    picture = Picture(CellSize(2, 1), Pixels(PixelSize(2, 2), bytes(12)))

    assert picture.row(0, in_graphics=True)[0].text == "  "
    picture.number = 0x010203
    (segment,) = picture.row(0, in_graphics=True)
    assert segment.text == "\U0010eeee\u0305\u0305\U0010eeee\u0305\u030d"
    assert segment.style is not None
    assert segment.style.color == Color.from_rgb(1, 2, 3)


@pytest.mark.parametrize(
    ("size", "cells"),
    [
        ((640, 400), (51, 16)),
        ((100, 4000), (1, 16)),
        ((4000, 100), (64, 1)),
        ((1, 1), (1, 1)),
        ((20, 20), (20, 10)),
        ((100_000, 1), (64, 1)),
    ],
)
def test_picture_keeps_its_shape_and_is_not_enlarged(size: tuple[int, int], cells: tuple[int, int]) -> None:
    assert fitted(PixelSize(*size), CellSize(64, 16)) == cells
