"""Pictures in the formats that terminals draw at the cursor, read back."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from tests.ui.pictures.images import BLUE, GREEN, RED, file_of, flag
from tui.ui.pictures.decoding import Indexed, PixelSize
from tui.ui.pictures.inline import inline_picture, sixels
from tui.ui.pictures.picture import CellSize

SIXEL = re.compile(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', re.DOTALL)
TOKEN = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])")

Colour = tuple[int, ...]


def drawn(sequence: str) -> list[list[Colour | None]]:
    """The pixels that a terminal draws, in percents of red, green and blue; None for one that it does not."""
    whole = SIXEL.fullmatch(sequence)
    assert whole is not None
    width, height = int(whole[1]), int(whole[2])
    pixels: list[list[Colour | None]] = [[None] * width for _ in range(height)]
    colours: dict[int, Colour] = {}
    colour, x, y, end = 0, 0, 0, 0
    for token in TOKEN.finditer(whole[3]):
        assert token.start() == end
        end = token.end()
        defined, red, green, blue, chosen, count, repeated, single, move = token.groups()
        if defined:
            colours[int(defined)] = int(red), int(green), int(blue)
        elif chosen:
            colour = int(chosen)
        elif move:
            x, y = 0, y + (6 if move == "-" else 0)
        else:
            bits = ord(repeated or single) - 63
            end_x = x + int(count or 1)
            for row in range(6):
                if bits & 1 << row:
                    pixels[y + row][x:end_x] = [colours[colour]] * (end_x - x)
            x = end_x
    assert end == len(whole[3])
    return pixels


def percents(colour: Colour) -> Colour:
    return tuple(round(level / 2.55) for level in colour)


@pytest.mark.parametrize("height", [1, 6, 7, 13])
def test_terminal_draws_each_pixel_of_the_sixels(height: int) -> None:
    width = 20
    data = bytes((x // 5 + y) % 3 for y in range(height) for x in range(width))
    palette = [*RED, *GREEN, *BLUE]

    pixels = drawn(sixels(Indexed(PixelSize(width, height), bytes(palette), data)))

    names = [percents(colour) for colour in (RED, GREEN, BLUE)]
    assert pixels == [[names[(x // 5 + y) % 3] for x in range(width)] for y in range(height)]


def test_sixels_of_a_file_have_its_colours() -> None:
    picture = inline_picture(file_of(flag(30, 30)), "sixel", CellSize(80, 24), (10, 20), 16)

    pixels = drawn(picture.sequence)
    assert picture.cells == (3, 2)
    assert (len(pixels[0]), len(pixels)) == (30, 30)
    assert pixels[0][0] == percents(RED)
    assert pixels[-1][-1] == percents(BLUE)


def test_colours_are_no_more_than_the_terminal_has() -> None:
    image = Image.linear_gradient("L").convert("RGB")

    picture = inline_picture(file_of(image), "sixel", CellSize(80, 24), (10, 20), 16)

    assert len({colour for row in drawn(picture.sequence) for colour in row}) <= 16


def test_large_image_fits_into_the_cells() -> None:
    picture = inline_picture(file_of(flag(4000, 1000)), "iterm", CellSize(40, 10), (10, 20), 256)

    keys = r"inline=1;size=(\d+);width=40;height=5;preserveAspectRatio=1"
    found = re.fullmatch(rf"\x1b\]1337;File={keys}:(.*)\x07", picture.sequence)
    assert found is not None
    data = base64.b64decode(found[2])
    assert len(data) == int(found[1])
    assert Image.open(io.BytesIO(data)).size == (400, 100)
