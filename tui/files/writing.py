"""Writes text to new files, without overwriting any unless that is wanted."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tui.atomic_files import create_file, replace_file
from tui.errors import UsageError
from tui.files.reading import path_of

_MAX_NAME_LENGTH: Final = 60
_MAX_NAME_BYTES: Final = 180
_MAX_ATTEMPTS: Final = 1_000

_SAFE_KEY: Final = re.compile(r"[0-9a-z-]{1,40}")
_KEY_LENGTH: Final = 12
"""Characters of a key in a file name. The whole key is used where these are not unique."""


class ExportedFile(NamedTuple):
    """What became of a file."""

    path: Path

    result: Literal["written", "unchanged", "kept"]
    """`unchanged`: it was there with the same content. `kept`: with another content, and was not replaced."""


def write_new(name: str, text: str) -> Path:
    """Write a text to a new file, and return its path.

    Raises:
        UsageError: If the file already exists or cannot be written.
    """
    path = path_of(name)
    try:
        create_file(path, text.encode("utf-8", "replace"))
    except FileExistsError as cause:
        raise UsageError(f"{name} already exists.", hint="Choose another name.") from cause
    except (OSError, ValueError) as cause:
        raise _not_written(name, cause) from cause
    return path


def free_name(title: str, suffix: str) -> str:
    """An unused file name in the working folder.

    Args:
        title: The title to derive the name from.
        suffix: The file suffix, such as `.md`.
    """
    stem = stem_from(title)
    names = [f"{stem}{suffix}", *(f"{stem}-{number}{suffix}" for number in range(2, _MAX_ATTEMPTS))]
    return next((name for name in names if not Path(name).exists()), names[-1])


def stem_from(title: str) -> str:
    """A file name without suffix that every system accepts, from a title: lower case, words joined by `-`."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    stem = re.sub(r"[^\w]+", "-", plain)[:_MAX_NAME_LENGTH]
    # File systems limit the bytes of a name, and a character may have four.
    return stem.encode()[:_MAX_NAME_BYTES].decode("utf-8", "ignore").strip("-_") or "conversation"


class ExportFolder:
    """A folder that conversations are exported to. Each file is written completely or not at all."""

    def __init__(self, name: str, suffix: str, *, overwrites: bool) -> None:
        """Create the folder if it does not exist.

        Args:
            name: The path, as the user typed it.
            suffix: The suffix of the files, such as `.md`.
            overwrites: Whether files with another content are replaced.

        Raises:
            UsageError: If it is not a folder, or cannot be created.
        """
        self.path = path_of(name)
        self._suffix = suffix
        self._overwrites = overwrites
        self._names: set[str] = set()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except FileExistsError as cause:
            raise UsageError(f"{name} is not a folder.", hint="Name a folder.") from cause
        except (OSError, ValueError) as cause:
            raise _not_written(name, cause) from cause

    def write(self, key: str, title: str, text: str) -> ExportedFile:
        """Write a file. The same key and title always give the same name: `about-cats-3fa9c0d1e2b7.md`.

        Args:
            key: What identifies the content, such as the id of a conversation. Different keys give different names.
            title: The title, which begins the name.
            text: The content.

        Raises:
            UsageError: If the file cannot be written.
        """
        path = self.path / self._name(key, title)
        content = text.encode("utf-8", "replace")
        try:
            try:
                create_file(path, content)
            except FileExistsError:
                if _has_content(path, content):
                    return ExportedFile(path, "unchanged")
                if not self._overwrites or not path.is_file():
                    return ExportedFile(path, "kept")
                replace_file(path, content)
        except OSError as cause:
            raise _not_written(str(path), cause) from cause
        return ExportedFile(path, "written")

    def _name(self, key: str, title: str) -> str:
        # Ids of imported conversations may have any character, and may differ only in upper and lower case.
        safe = key if _SAFE_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()
        stem = stem_from(title)
        name = f"{stem}-{safe[:_KEY_LENGTH]}{self._suffix}"
        if name in self._names:
            name = f"{stem}-{safe}{self._suffix}"
        self._names.add(name)
        return name


def _has_content(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _not_written(name: str, cause: OSError | ValueError) -> UsageError:
    reason = cause.strerror if isinstance(cause, OSError) else "invalid file name"
    return UsageError(f"{name} cannot be written: {reason}.", hint="Choose another location.")
