"""Pictures that a terminal draws at the cursor: iTerm2's and sixel. Only for places where nothing scrolls.

Sources: https://iterm2.com/documentation-images.html and the VT330/VT340 Programmer Reference Manual, volume 2, chapter
14, "Graphics Programming".
"""

from __future__ import annotations

import base64
import re
from typing import Final, NamedTuple

from tui.ui.pictures.decoding import Indexed, PixelSize, encode_png, indexed, size_of
from tui.ui.pictures.picture import CellSize
from tui.ui.pictures.terminal_graphics import Inline

_BAND_ROWS: Final = 6
"""Rows of pixels in a row of sixels."""

_SIXEL_CHARACTERS: Final = bytes((63 + value) % 256 for value in range(256))
"""The character for the pixels of one column: a bit for each, the lowest for the upper one."""

_REPEATED: Final = re.compile(rb"(.)\1{3,}")


class InlinePicture(NamedTuple):
    """A picture that is ready to be drawn."""

    cells: CellSize
    """The cells that it covers."""

    sequence: str
    """Draws it. The cursor is at its upper left corner before, and anywhere afterwards."""


def inline_picture(
    data: bytes, kind: Inline, most: CellSize, cell_pixels: tuple[int, int], colours: int
) -> InlinePicture:
    """A picture as large as it is, or as fits. Slow: call it in a thread.

    Args:
        data: The content of the image file.
        kind: The format.
        most: The cells that there are.
        cell_pixels: Width and height of a cell in pixels.
        colours: How many colours a picture in sixels can have.

    Raises:
        UsageError: If the image is broken, or has too many pixels.
    """
    size = size_of(data)
    width, height = most.columns * cell_pixels[0], most.rows * cell_pixels[1]
    scale = min(1.0, width / max(1, size.width), height / max(1, size.height))
    size = PixelSize(max(1, round(size.width * scale)), max(1, round(size.height * scale)))
    cells = CellSize(-(-size.width // cell_pixels[0]), -(-size.height // cell_pixels[1]))
    if kind == "sixel":
        return InlinePicture(cells, sixels(indexed(data, size, colours)))
    png = encode_png(data, size)
    keys = f"inline=1;size={len(png)};width={cells.columns};height={cells.rows};preserveAspectRatio=1"
    return InlinePicture(cells, f"\x1b]1337;File={keys}:{base64.b64encode(png).decode('ascii')}\x07")


def sixels(image: Indexed) -> str:
    """The sequence that draws an image in sixels.

    For each colour in a band of six rows, the rows are translated to bits as a whole, which is much faster than
    pixel by pixel.
    """
    width, height = image.size
    # Pixels that are not drawn stay as they are.
    parts = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    for at in range(len(image.palette) // 3):
        shares = (round(level * 100 / 255) for level in image.palette[3 * at : 3 * at + 3])
        parts.append(b"#%d;2;%d;%d;%d" % (at, *shares))
    for top in range(0, height, _BAND_ROWS):
        rows = [image.data[start * width : (start + 1) * width] for start in range(top, min(top + _BAND_ROWS, height))]
        for colour in sorted(set().union(*rows)):
            bits = 0
            for at, row in enumerate(rows):
                table = bytearray(256)
                table[colour] = 1 << at
                bits |= int.from_bytes(row.translate(table), "big")
            line = bits.to_bytes(width, "big").translate(_SIXEL_CHARACTERS).rstrip(b"?")
            parts.append(b"#%d%s$" % (colour, _REPEATED.sub(lambda run: b"!%d%s" % (len(run[0]), run[1]), line)))
        parts.append(b"-")
    return b"".join([*parts, b"\x1b\\"]).decode("ascii")
