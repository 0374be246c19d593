"""Reading export files and archives."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from tui.errors import UsageError
from tui.files.exports import MAX_EXPORT_BYTES, export_text, read_export


def test_plain_file_is_one_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf[]")
    assert [tuple(each) for each in read_export(str(path))] == [(str(path), "[]")]


def test_archive_is_searched_for_conversations(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("some/conversations.json", "[1]")
        archive.writestr("conversations-001.json", "[2]")
    assert [text for _, text in read_export(str(path))] == ["[1]", "[2]"]


def test_unreadable_files_are_errors(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("user.json", "{}")
    with zipfile.ZipFile(tmp_path / "broken.zip", "w") as archive:
        archive.writestr("conversations.json", "[1]" * 100)
    data = bytearray((tmp_path / "broken.zip").read_bytes())
    data[60:70] = b"x" * 10
    (tmp_path / "broken.zip").write_bytes(data)
    (tmp_path / "large").write_bytes(b"[")
    os.truncate(tmp_path / "large", MAX_EXPORT_BYTES + 1)
    for name, text in {
        "latin": "is not UTF-8 text",
        "other.zip": r"No conversations\.json found",
        "broken.zip": "Cannot read the archive",
        "large": "larger than 1 GiB",
        "none": "cannot be read",
        "": "is a folder",
    }.items():
        with pytest.raises(UsageError, match=text):
            list(read_export(f"{tmp_path}/{name}"))


def test_too_large_exports_are_rejected() -> None:
    class Endless(bytes):
        def __len__(self) -> int:
            return MAX_EXPORT_BYTES + 1

    with pytest.raises(UsageError, match="larger than 1 GiB"):
        export_text("export", Endless())
