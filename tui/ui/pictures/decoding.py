"""Decodes image files, with limits on what a broken or hostile file can cost. The only importer of Pillow.

Slow: call it in a thread. A file is decoded to the few pixels that are shown, never kept in full. Of an animated image,
the first frame is used.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.errors import UsageError
from tui.light_dataclass import dataclass

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS: Final = 40_000_000
"""Pixels of the largest image that is decoded: 160 MB while it is. Photos have 12 to 50 million."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")

_BROKEN: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, MemoryError, ArithmeticError, LookupError, TypeError),
    *(AttributeError, struct.error, zlib.error),
)
"""What Pillow raises for broken files: its readers check little of what they read."""

_REDUCING_GAP: Final = 3.0
"""How much larger than wanted an image is at least when it is scaled smoothly. Larger ones are reduced before, fast."""

_MIDDLE_LUMA: Final = 128
_LIGHT: Final = (255, 255, 255)
_DARK: Final = (24, 24, 24)
"""The grounds behind transparent parts: the one on which the opaque parts can be seen."""

_CUBE: Final = (0, 95, 135, 175, 215, 255)
_GREYS: Final = range(8, 239, 10)
"""The levels of the colours 16 to 231 and of the greys 232 to 255, in terminals with 256 colours."""


class PixelSize(NamedTuple):
    """The size of an image."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded image."""

    size: PixelSize

    data: bytes
    """Three bytes for each pixel, red, green and blue, row by row."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A decoded image with few colours."""

    size: PixelSize

    palette: bytes
    """Three bytes for each colour, red, green and blue."""

    data: bytes
    """The number of each pixel's colour, row by row."""


def is_available() -> bool:
    """Whether pictures can be decoded: whether Pillow is installed. Imports it."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return False
    return True


def size_of(data: bytes) -> PixelSize:
    """The size of an image as it is shown, turned as its camera says.

    Args:
        data: The content of the file.

    Raises:
        UsageError: If it is not an image, or has too many pixels.
    """
    with _reported_errors(), _opened(data) as image:
        # The tag "Orientation": from 5 on, width and height are exchanged.
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return PixelSize(*(image.size[::-1] if turned else image.size))


def decode(data: bytes, size: PixelSize, *, few_colours: bool = False) -> Pixels:
    """Decode an image.

    Args:
        data: The content of the file.
        size: The size to scale to.
        few_colours: Whether only colours are used that terminals with 256 colours have.

    Raises:
        UsageError: If it is broken, or has too many pixels.
    """
    with _reported_errors(), _opened(data) as opened:
        image = _scaled(opened, size)
        if few_colours:
            # Dithered, which is Pillow's default.
            image = image.quantize(palette=_palette_image()).convert("RGB")
        return Pixels(size, image.tobytes())


def encode_png(data: bytes, size: PixelSize) -> bytes:
    """An image as a PNG file of another size. Arguments and errors are those of `decode`."""
    with _reported_errors(), _opened(data) as opened:
        file = io.BytesIO()
        _scaled(opened, size).save(file, "PNG", compress_level=3)
        return file.getvalue()


def indexed(data: bytes, size: PixelSize, colours: int) -> Indexed:
    """Decode an image to its own few colours.

    Args:
        data: The content of the file.
        size: The size to scale to.
        colours: How many colours to use, 2 to 256.

    Raises:
        UsageError: If it is broken, or has too many pixels.
    """
    with _reported_errors(), _opened(data) as opened:
        image = _scaled(opened, size).quantize(colours)
        return Indexed(size, bytes(image.getpalette() or ()), image.tobytes())


@contextlib.contextmanager
def _reported_errors() -> Iterator[None]:
    """Translates what Pillow raises."""
    try:
        yield
    except _BROKEN as error:
        raise UsageError("The image is broken: it cannot be decoded.") from error


def _opened(data: bytes) -> Image.Image:
    """An image of which only the header has been read.

    Raises:
        UsageError: If it has too many pixels.
    """
    from PIL import Image

    # Checked below: Pillow would print a warning into the screen.
    Image.MAX_IMAGE_PIXELS = None
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise UsageError(
            f"The image has {width:,} × {height:,} pixels, too many to show.",
            hint="Open it in another program, or save it.",
        )
    return image


def _scaled(image: Image.Image, size: PixelSize) -> Image.Image:
    """The first frame in RGB at a size, on a ground where it is transparent."""
    from PIL import ImageOps
    from PIL.Image import Resampling

    # JPEG files can be read at an eighth of their size.
    longest = max(size)
    image.draft("RGB", (longest, longest))
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        # Pillow would cut the upper values off.
        image = image.convert("I").point([value >> 8 for value in range(2**16)], "L")
    elif image.mode not in ("RGB", "RGBA", "L", "LA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image = image.resize(size, Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
    return _on_ground(image.convert("RGBA")) if image.mode in ("RGBA", "LA") else image.convert("RGB")


def _on_ground(image: Image.Image) -> Image.Image:
    """An image without transparency: on a light ground if what is opaque is dark, and the other way round."""
    from PIL import Image, ImageStat

    alpha = image.getchannel("A")
    opaque = ImageStat.Stat(image.convert("L"), alpha)
    is_light = opaque.count[0] > 0 and opaque.mean[0] > _MIDDLE_LUMA
    ground = Image.new("RGB", image.size, _DARK if is_light else _LIGHT)
    ground.paste(image, mask=alpha)
    return ground


@cache
def _palette_image() -> Image.Image:
    """An image with the colours that terminals with 256 colours have, besides the 16 that users choose."""
    from PIL import Image

    cube = [level for colour in itertools.product(_CUBE, repeat=3) for level in colour]
    greys = [level for level in _GREYS for _ in range(3)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([*cube, *greys])
    return palette
