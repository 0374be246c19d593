"""What kind of picture some bytes are."""

from __future__ import annotations

import pytest

from tui.chat.image_type import media_type_of


@pytest.mark.parametrize(
    ("beginning", "expected"),
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
def test_it_is_told_by_the_first_bytes(beginning: bytes, expected: str | None) -> None:
    assert media_type_of(beginning) == expected
