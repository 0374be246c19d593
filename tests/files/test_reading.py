"""Reading attachments, and errors for unsuitable files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.chat.image import Image
from tui.errors import UsageError
from tui.files.reading import MAX_IMAGE_BYTES, MAX_TEXT_BYTES, TextFile, exists, is_folder, read_file, read_image

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_line_endings_are_normalized(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\n")
    assert read_file(str(path)) == TextFile(str(path), "one\ntwo\n")


def test_utf_16_is_detected_by_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("grüße", encoding="utf-16")
    assert read_file(str(path)) == TextFile(str(path), "grüße")


def test_image_is_detected_by_content_not_name(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(PNG)
    assert read_file(str(path)) == read_image(str(path)) == Image("image/png", PNG, "a.txt")


@pytest.mark.parametrize("data", [b"\x7fELF\0\0\1", b"\xff\xfe\xff", b"caf\xe9"])
def test_binary_file_is_rejected(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="neither UTF-8 text nor a supported image"):
        read_file(str(path))


def test_read_image_rejects_text(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("hello")
    with pytest.raises(UsageError, match=r"a\.png is not a supported image"):
        read_image(str(path))


@pytest.mark.parametrize(("beginning", "limit"), [(b"text", MAX_TEXT_BYTES), (PNG, MAX_IMAGE_BYTES)])
def test_too_large_file_is_rejected_before_reading(tmp_path: Path, beginning: bytes, limit: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(beginning)
    os.truncate(path, limit + 1)
    with pytest.raises(UsageError, match=f"larger than {limit // 2**20} MiB"):
        read_file(str(path))
    if beginning == PNG:
        with pytest.raises(UsageError, match="larger than"):
            read_image(str(path))


def test_folder_pipe_and_missing_file_are_rejected_immediately(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, text in (
        ("", "is a folder"),
        ("pipe", "not a regular file"),
        ("none", "cannot be read"),
        ("\0", "invalid file name"),
    ):
        with pytest.raises(UsageError, match=text):
            read_file(f"{tmp_path}/{name}")


def test_hint_says_what_kind_of_file_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as attached:
        read_file(os.devnull)
    with pytest.raises(UsageError) as image:
        read_image(os.devnull)
    assert (attached.value.hint, image.value.hint) == ("Give a text or image file.", "Give an image file.")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_read_permission_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        read_file(str(path))


def test_exists(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert exists(str(tmp_path / "a"))
    assert not exists(str(tmp_path / "b"))
    assert not exists(str(tmp_path / "a" / "b"))
    assert not exists("x" * 5_000)
    assert not exists("\0")
    assert is_folder(str(tmp_path))
    assert not is_folder(str(tmp_path / "a"))
    assert not is_folder("\0")


def test_tilde_is_expanded_to_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("at home")
    assert read_file("~/a.txt") == TextFile("~/a.txt", "at home")
    assert not exists("~no-such-user/a.txt")
