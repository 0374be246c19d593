"""One file that goes with a prompt: which of them can, and what is said of the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.chat.message import Image
from tui.errors import UsageError
from tui.files.reading import MOST_IMAGE_BYTES, MOST_TEXT_BYTES, TextFile, is_folder, is_there, read_file, read_image

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_a_text_comes_with_its_line_ends_made_plain(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\n")
    assert read_file(str(path)) == TextFile(str(path), "one\ntwo\n")


def test_a_text_in_utf_16_is_read_by_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("grüße", encoding="utf-16")
    assert read_file(str(path)) == TextFile(str(path), "grüße")


def test_a_picture_is_told_by_its_first_bytes_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(PNG)
    assert read_file(str(path)) == read_image(str(path)) == Image("image/png", PNG, "a.txt")


@pytest.mark.parametrize("data", [b"\x7fELF\0\0\1", b"\xff\xfe\xff", b"caf\xe9"])
def test_what_is_neither_text_nor_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="no text in UTF-8"):
        read_file(str(path))


def test_a_text_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("hello")
    with pytest.raises(UsageError, match=r"a\.png is no picture"):
        read_image(str(path))


@pytest.mark.parametrize(("beginning", "most"), [(b"text", MOST_TEXT_BYTES), (PNG, MOST_IMAGE_BYTES)])
def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path, beginning: bytes, most: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(beginning)
    os.truncate(path, most + 1)
    with pytest.raises(UsageError, match=f"larger than {most // 2**20} MiB"):
        read_file(str(path))
    if beginning == PNG:
        with pytest.raises(UsageError, match="larger than"):
            read_image(str(path))


def test_a_folder_a_pipe_and_nothing_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("", "is a folder"),
        ("pipe", "no ordinary file"),
        ("none", "cannot be read"),
        ("\0", "called"),
    ):
        with pytest.raises(UsageError, match=words):
            read_file(f"{tmp_path}/{name}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        read_file(str(path))


def test_what_there_is_and_what_there_is_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert is_there(str(tmp_path / "a"))
    assert not is_there(str(tmp_path / "b"))
    assert not is_there(str(tmp_path / "a" / "b"))
    assert not is_there("x" * 5_000)
    assert not is_there("\0")
    assert is_folder(str(tmp_path))
    assert not is_folder(str(tmp_path / "a"))
    assert not is_folder("\0")


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("at home")
    assert read_file("~/a.txt") == TextFile("~/a.txt", "at home")
    assert not is_there("~nobody-of-that-name/a.txt")
