"""Images as files: safe names, the suffix of the content, and nothing overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.chat.image import Image
from tui.errors import UsageError
from tui.files.images import delete_pasted, write_image, write_pasted

PNG = b"\x89PNG\r\n\x1a\n..."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cat on a mat.png", "cat-on-a-mat.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Temp\\cat.exe", "cat.png"),
        ("\x1b]0;x\x07\u202egnp.exe", "0-x-gnp.png"),
        ("", "picture.png"),
        ("....", "picture.png"),
        ("猫.gif", "猫.png"),
    ],
)
def test_name_is_one_that_every_system_accepts(tmp_path: Path, name: str, expected: str) -> None:
    path = write_image(Image("image/gif", PNG, name), tmp_path)

    assert path == tmp_path / expected
    assert path.read_bytes() == PNG


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [write_image(Image("image/png", PNG + bytes([at]), "a.png"), tmp_path) for at in range(3)]

    assert [path.name for path in paths] == ["a.png", "a-2.png", "a-3.png"]
    assert [path.read_bytes()[-1] for path in paths] == [0, 1, 2]


def test_private_file_is_for_the_user_only(tmp_path: Path) -> None:
    assert write_image(Image("image/png", PNG, "a"), tmp_path, is_private=True).stat().st_mode & 0o077 == 0


def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_image(Image("image/png", PNG, "a"), tmp_path / "missing")


def test_old_pictures_from_the_clipboard_are_deleted(tmp_path: Path) -> None:
    old, new = (write_pasted(Image("image/png", PNG, "pasted.png"), tmp_path / "data") for _ in range(2))
    os.utime(old, (1_000, 1_000))

    delete_pasted(tmp_path / "data", 2_000)
    delete_pasted(tmp_path / "missing", 2_000)

    assert (old.exists(), new.exists()) == (False, True)
    assert new.parent.stat().st_mode & 0o077 == 0
