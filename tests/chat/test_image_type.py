"""Image types by the first bytes."""

from __future__ import annotations

import pytest

from tui.chat.image_type import media_type_of


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF87a....", "image/gif"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"<svg xmlns=", None),
        (b"BM......", None),
        (b"", None),
    ],
)
def test_media_type_from_first_bytes(data: bytes, expected: str | None) -> None:
    assert media_type_of(data) == expected
