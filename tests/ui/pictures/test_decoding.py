"""Image files are decoded to the pixels that are shown, and broken or huge ones cost little."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from tests.ui.pictures.images import BLUE, GREEN, RED, file_of, flag, png_of_size
from tui.errors import UsageError
from tui.ui.pictures.decoding import PixelSize, decode, encode_png, size_of


def ends(data: bytes, width: int = 4, height: int = 4) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The first and the last pixel. Between them, colours mix where an image is scaled."""
    found = colours(data, width, height)
    return found[0], found[-1]


def colours(data: bytes, width: int, height: int, *, few_colours: bool = False) -> list[tuple[int, ...]]:
    pixels = decode(data, PixelSize(width, height), few_colours=few_colours).data
    return [tuple(pixels[at : at + 3]) for at in range(0, len(pixels), 3)]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_pixels_have_the_colours_of_the_image(kind: str) -> None:
    data = file_of(flag(), kind, **({"lossless": True} if kind == "WEBP" else {}))

    assert ends(data) == (RED, BLUE)


def test_jpeg_is_scaled_down() -> None:
    upper, lower = ends(file_of(flag(2000, 1000), "JPEG"), 20, 10)

    assert upper[0] > 240 > 10 > upper[2]
    assert lower[2] > 240 > 10 > lower[0]


def test_photo_is_turned_as_its_camera_says() -> None:
    image = Image.new("RGB", (8, 4), GREEN)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(image, "JPEG", exif=exif)

    assert size_of(data) == (4, 8)


def test_first_frame_of_an_animation_is_shown() -> None:
    frames = [Image.new("RGB", (2, 2), colour) for colour in (GREEN, RED)]
    data = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert ends(data, 2, 2) == (GREEN, GREEN)


@pytest.mark.parametrize(("ink", "ground"), [((0, 0, 0), 255), ((255, 255, 255), 24)])
def test_transparent_parts_have_a_ground_that_the_others_stand_out_from(ink: tuple[int, ...], ground: int) -> None:
    image = Image.new("RGBA", (2, 2), (*ink, 255))
    image.paste((0, 0, 0, 0), (0, 1, 2, 2))

    assert colours(file_of(image), 2, 2) == [ink, ink, (ground,) * 3, (ground,) * 3]


def test_image_without_an_opaque_pixel_is_white() -> None:
    assert colours(file_of(Image.new("RGBA", (2, 2), (9, 9, 9, 0))), 1, 2) == [(255, 255, 255)] * 2


def test_image_with_sixteen_bits_keeps_its_shades() -> None:
    image = Image.new("I;16", (1, 2))
    image.putpixel((0, 0), 0x4000)
    image.putpixel((0, 1), 0xC000)

    assert colours(file_of(image), 1, 2) == [(0x40,) * 3, (0xC0,) * 3]


def test_palette_with_a_transparent_colour_is_read() -> None:
    image = flag().convert("P")
    data = file_of(image, "PNG", transparency=image.getpixel((0, 0)))

    assert ends(data)[1] == BLUE


def test_few_colours_are_those_of_the_terminal() -> None:
    levels = {0, 95, 135, 175, 215, 255, *range(8, 239, 10)}

    found = colours(file_of(Image.new("RGB", (8, 8), (100, 30, 200))), 8, 8, few_colours=True)

    assert {level for colour in found for level in colour} <= levels
    # Dithered: on average, it is the colour of the image.
    assert abs(sum(colour[2] for colour in found) / len(found) - 200) < 20


def test_image_with_too_many_pixels_is_not_decoded() -> None:
    data = png_of_size(100_000, 100_000)

    for attempt in (lambda: size_of(data), lambda: decode(data, PixelSize(1, 2))):
        with pytest.raises(UsageError, match="100,000 × 100,000 pixels"):
            attempt()


def test_broken_files_are_errors_and_nothing_else() -> None:
    chance = random.Random(3)
    files = [
        file_of(flag(40, 30), "PNG"),
        file_of(flag(40, 30), "JPEG"),
        file_of(flag(40, 30), "GIF"),
        file_of(flag(40, 30), "WEBP"),
    ]
    decoded = 0
    for data in files * 60:
        broken = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        del broken[chance.randrange(len(broken) // 2, len(broken) + 1) :]
        try:
            decode(bytes(broken), PixelSize(4, 4))
            decoded += 1
        except UsageError:
            continue
    assert decoded < 240


def test_other_formats_are_not_read() -> None:
    with pytest.raises(UsageError, match="broken"):
        size_of(file_of(flag(), "BMP"))


def test_png_of_another_size_is_the_same_picture() -> None:
    data = encode_png(file_of(flag(100, 100)), PixelSize(10, 10))

    assert size_of(data) == (10, 10)
    assert ends(data, 10, 10) == (RED, BLUE)
