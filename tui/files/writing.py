"""Writes text to new files, without overwriting any."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

from tui.atomic_files import create_file
from tui.errors import UsageError
from tui.files.reading import path_of

_MAX_NAME_LENGTH: Final = 60
_MAX_ATTEMPTS: Final = 1_000


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
        reason = cause.strerror if isinstance(cause, OSError) else "invalid file name"
        raise UsageError(f"{name} cannot be written: {reason}.", hint="Choose another location.") from cause
    return path


def free_name(title: str, suffix: str) -> str:
    """An unused file name in the working folder.

    Args:
        title: The title to derive the name from.
        suffix: The file suffix, such as `.md`.
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    stem = re.sub(r"[^\w]+", "-", plain)[:_MAX_NAME_LENGTH].strip("-_") or "conversation"
    names = [f"{stem}{suffix}", *(f"{stem}-{number}{suffix}" for number in range(2, _MAX_ATTEMPTS))]
    return next((name for name in names if not Path(name).exists()), names[-1])
