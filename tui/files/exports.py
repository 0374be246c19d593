"""A file that conversations were exported to → the texts in it; a ZIP, as ChatGPT sends it, is looked into."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tui.errors import UsageError
from tui.files.reading import looked_up, unreadable

MOST_BYTES: Final = 2**30

_MEMBER: Final = re.compile(r"conversations[\w.-]*\.json|chat-export[\w.-]*\.json")


class ExportText(NamedTuple):
    """A text that conversations may be in."""

    name: str
    """What to call it."""
    text: str


def read_export(name: str) -> Iterator[ExportText]:
    """The texts in an export, one after the other.

    Raises:
        UsageError: When it cannot be read, is too large, is no text, or is an archive with no conversations in it.
    """
    path, status = looked_up(name)
    if status.st_size > MOST_BYTES:
        raise _too_large(name)
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                yield ExportText(name, export_text(name, file.read(MOST_BYTES + 1)))
            return
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if _MEMBER.fullmatch(PurePosixPath(each.filename).name)]
            if not members:
                raise UsageError(f"There is no conversations.json in {name}.", hint="Name the file that it is in.")
            for member in members:
                with archive.open(member) as file:
                    # As much as there is, whatever the archive says of it.
                    data = file.read(MOST_BYTES + 1)
                called = f"{name}/{member.filename}"
                yield ExportText(called, export_text(called, data))
    except (OSError, ValueError) as cause:
        raise unreadable(name, cause) from cause
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as cause:
        raise UsageError(f"{name} is an archive that cannot be read.", hint="Unpack it, and name the JSON.") from cause


def export_text(name: str, data: bytes) -> str:
    """The text that some bytes are.

    Raises:
        UsageError: When they are none, or too many.
    """
    if len(data) > MOST_BYTES:
        raise _too_large(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise UsageError(f"{name} is no text in UTF-8.", hint="Exports of conversations are.") from cause


def _too_large(name: str) -> UsageError:
    return UsageError(f"{name} is larger than {MOST_BYTES // 2**30} GiB.", hint="Import it in parts.")
