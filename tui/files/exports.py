"""Reads export files of conversations; ZIP archives, as ChatGPT sends them, are searched for JSON."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tui.errors import UsageError
from tui.files.reading import regular_file, unreadable

MAX_EXPORT_BYTES: Final = 2**30

_MEMBER: Final = re.compile(r"conversations[\w.-]*\.json|chat-export[\w.-]*\.json")


class ExportText(NamedTuple):
    """The text of an export."""

    name: str
    """The name to show."""

    text: str


def read_export(name: str) -> Iterator[ExportText]:
    """The texts in an export file.

    Raises:
        UsageError: If the file cannot be read, is too large, is not text, or is an archive without conversations.
    """
    path, status = regular_file(name)
    if status.st_size > MAX_EXPORT_BYTES:
        raise _too_large(name)
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                yield ExportText(name, export_text(name, file.read(MAX_EXPORT_BYTES + 1)))
            return
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if _MEMBER.fullmatch(PurePosixPath(each.filename).name)]
            if not members:
                raise UsageError(f"No conversations.json found in {name}.", hint="Give the file that contains it.")
            for member in members:
                with archive.open(member) as file:
                    # The size in the archive may be wrong, so the amount read is limited too.
                    data = file.read(MAX_EXPORT_BYTES + 1)
                member_name = f"{name}/{member.filename}"
                yield ExportText(member_name, export_text(member_name, data))
    except (OSError, ValueError) as cause:
        raise unreadable(name, cause) from cause
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as cause:
        raise UsageError(f"Cannot read the archive {name}.", hint="Unpack it, and import the JSON file.") from cause


def export_text(name: str, data: bytes) -> str:
    """The text of an export.

    Raises:
        UsageError: If the data is not UTF-8, or too large.
    """
    if len(data) > MAX_EXPORT_BYTES:
        raise _too_large(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise UsageError(f"{name} is not UTF-8 text.", hint="Exports of conversations are UTF-8 text.") from cause


def _too_large(name: str) -> UsageError:
    return UsageError(f"{name} is larger than {MAX_EXPORT_BYTES // 2**30} GiB.", hint="Split it and import the parts.")
