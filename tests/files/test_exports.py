"""Reading export files and archives."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from tui.errors import UsageError
from tui.files.exports import MAX_EXPORT_BYTES, MAX_MEMBERS, export_pieces, read_export


def read_texts(name: object) -> list[tuple[str, str]]:
    """The texts of an export with their names."""
    return [(text.name, "".join(text.pieces)) for text in read_export(str(name))]


def test_plain_file_is_one_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf[]")
    assert read_texts(path) == [(str(path), "[]")]


def test_archive_is_searched_for_conversations(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("some/conversations.json", "[1]")
        archive.writestr("conversations-001.json", "[2]")
    assert [text for _, text in read_texts(path)] == ["[1]", "[2]"]


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
            read_texts(f"{tmp_path}/{name}")


def test_endless_input_is_rejected() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b" " * size

    with pytest.raises(UsageError, match="larger than 1 GiB"):
        for _ in export_pieces("export", Endless()):  # type: ignore[arg-type]
            pass


def test_character_across_pieces_is_decoded() -> None:
    text = "a" * (2**20 - 1) + "é"
    assert "".join(export_pieces("export", io.BytesIO(text.encode()))) == text


def test_archive_that_declares_too_much_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"{number}/conversations.json", " " * 1_000)
    data = bytearray(path.read_bytes())
    # The declared size of each member, in the table of contents.
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 24 : at + 28] = (600 * 2**20).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UsageError, match="larger than 1 GiB"):
        read_texts(path)


def test_member_is_not_unpacked_beyond_its_declared_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", "[" + " " * 5_000_000)
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UsageError, match="Cannot read the archive"):
        read_texts(path)


def test_archive_with_too_many_members_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(MAX_MEMBERS + 1):
            archive.writestr(f"{number}/conversations.json", "[]")
    with pytest.raises(UsageError, match="more than 1,000 files"):
        read_texts(path)


def test_archive_with_a_huge_table_of_contents_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", "[]")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = (2**26).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UsageError, match="too many files"):
        read_texts(path)
