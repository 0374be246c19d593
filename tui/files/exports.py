"""Reads export files of conversations; ZIP archives, as ChatGPT sends them, are searched for JSON.

Files are read in pieces, so memory does not grow with their size. What an archive declares is checked before anything
of it is unpacked, and `zipfile` unpacks no more of a member than is declared.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple

from tui.errors import UsageError
from tui.files.reading import path_of, regular_file, unreadable

MAX_EXPORT_BYTES: Final = 2**30
"""The largest file, and the largest sum of the unpacked files of an archive."""

MAX_MEMBERS: Final = 1_000
"""Files with conversations in one archive."""

MAX_FILES: Final = 100_000
"""Files of a folder that are imported together."""

_MAX_DIRECTORY_BYTES: Final = 2**25
"""The largest table of contents of an archive. `zipfile` reads all of it: about 300,000 files take 300 MB."""

_PIECE_BYTES: Final = 2**20
_WANTED: Final = "an exported JSON or ZIP file, or - for standard input"
_MEMBER: Final = re.compile(r"conversations[\w.-]*\.json|chat-export[\w.-]*\.json")

_END_RECORD: Final = b"PK\x05\x06"
_END_RECORD_BYTES: Final = 22
_MAX_COMMENT_BYTES: Final = 2**16


class ExportText(NamedTuple):
    """The text of an export."""

    name: str
    """The name to show."""

    pieces: Iterator[str]
    """The text, in pieces. Reading it raises `UsageError` if it cannot be read, is not UTF-8, or is too large."""

    size: int | None = None
    """Bytes of the text. None if they are not known before it is read."""


def read_export(name: str) -> Iterator[ExportText]:
    """The texts in an export file. Each must be read before the next is taken.

    Raises:
        UsageError: If the file cannot be read, is too large, or is an archive without conversations.
    """
    path, status = regular_file(name, _WANTED)
    if status.st_size > MAX_EXPORT_BYTES:
        raise _too_large(name)
    with _translated_errors(name):
        is_archive = zipfile.is_zipfile(path)
        if is_archive and _directory_size(path) > _MAX_DIRECTORY_BYTES:
            raise UsageError(f"{name} contains too many files.", hint="Unpack it, and import the JSON file.")
        file = zipfile.ZipFile(path) if is_archive else path.open("rb")
    with file:
        if not isinstance(file, zipfile.ZipFile):
            yield ExportText(name, export_pieces(name, file), status.st_size)
            return
        for member in _members_of(name, file):
            yield ExportText(f"{name}/{member.filename}", _member_pieces(name, file, member), member.file_size)


def exports_in(folder: str) -> list[str]:
    """The JSON files in a folder and the folders in it, by name. Links to folders are not followed.

    Raises:
        UsageError: If there are none, too many, or the folder cannot be read.
    """
    found = []
    try:
        for path in path_of(folder).rglob("*.json"):
            if path.is_file():
                found.append(str(path))
            if len(found) > MAX_FILES:
                raise UsageError(f"{folder} has more than {MAX_FILES:,} files.", hint="Import the folders in it.")
    except OSError as cause:
        raise unreadable(folder, cause) from cause
    if not found:
        raise UsageError(f"{folder} has no JSON files.", hint=f"Name {_WANTED}.")
    return sorted(found)


def export_pieces(name: str, file: IO[bytes]) -> Iterator[str]:
    """The text of an open file, in pieces.

    Raises:
        UsageError: If the text cannot be read, is not UTF-8, or is too large.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    size = 0
    try:
        with _translated_errors(name):
            while data := file.read(_PIECE_BYTES):
                size += len(data)
                if size > MAX_EXPORT_BYTES:
                    raise _too_large(name)
                yield decoder.decode(data)
            yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as cause:
        raise UsageError(f"{name} is not UTF-8 text.", hint="Exports of conversations are UTF-8 text.") from cause


def _members_of(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive that may contain conversations."""
    members = [each for each in archive.infolist() if _MEMBER.fullmatch(PurePosixPath(each.filename).name)]
    if not members:
        raise UsageError(f"No conversations.json found in {name}.", hint="Give the file that contains it.")
    if len(members) > MAX_MEMBERS:
        raise UsageError(
            f"{name} contains more than {MAX_MEMBERS:,} files with conversations.",
            hint="Unpack it, and import the JSON files.",
        )
    if sum(member.file_size for member in members) > MAX_EXPORT_BYTES:
        raise _too_large(name)
    return members


def _member_pieces(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[str]:
    with _translated_errors(name):
        file = archive.open(member)
    with file:
        yield from export_pieces(f"{name}/{member.filename}", file)


def _directory_size(path: Path) -> int:
    """The size of an archive's table of contents in bytes, as declared. Archives of the 64-bit format declare 4 GiB."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _END_RECORD_BYTES - _MAX_COMMENT_BYTES))
        end = file.read()
    at = end.rfind(_END_RECORD)
    record = end[at : at + _END_RECORD_BYTES] if at >= 0 else b""
    return int(struct.unpack("<I", record[12:16])[0]) if len(record) == _END_RECORD_BYTES else 0


@contextlib.contextmanager
def _translated_errors(name: str) -> Iterator[None]:
    """Raise errors of files and archives as `UsageError`."""
    try:
        yield
    except UnicodeDecodeError:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as cause:
        raise UsageError(f"Cannot read the archive {name}.", hint="Unpack it, and import the JSON file.") from cause
    except (OSError, ValueError) as cause:
        raise unreadable(name, cause) from cause


def _too_large(name: str) -> UsageError:
    return UsageError(f"{name} is larger than {MAX_EXPORT_BYTES // 2**30} GiB.", hint="Split it and import the parts.")
