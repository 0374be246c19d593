"""Image files, made for tests."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The content of an image file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flag(columns: int = 4, rows: int = 4) -> Image.Image:
    """A red upper half and a blue lower one."""
    image = Image.new("RGB", (columns, rows), RED)
    image.paste(BLUE, (0, rows // 2, columns, rows))
    return image


def png_of_size(width: int, height: int) -> bytes:
    """A PNG file that declares a size, and has next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
