"""Text → a new file. What is there is never overwritten."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

from tui.errors import UsageError
from tui.files.reading import path_of

_LONGEST_NAME: Final = 60
_MOST_TRIES: Final = 1_000


def write_new(name: str, text: str) -> Path:
    """Write a text to a file that is not there yet.

    Raises:
        UsageError: When there is one of that name, or it cannot be written.
    """
    path = path_of(name)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as cause:
        raise UsageError(f"{name} is there already.", hint="Say another name.") from cause
    except (OSError, ValueError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "no file can be called so"
        raise UsageError(f"{name} cannot be written: {why}.", hint="Say another place.") from cause
    return path


def free_name(title: str, suffix: str) -> str:
    """A name for a file in the working folder that no other has.

    Args:
        title: What it is to be called like.
        suffix: `.md` and the like.
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    stem = re.sub(r"[^\w]+", "-", plain)[:_LONGEST_NAME].strip("-_") or "conversation"
    names = [f"{stem}{suffix}", *(f"{stem}-{number}{suffix}" for number in range(2, _MOST_TRIES))]
    return next((name for name in names if not Path(name).exists()), names[-1])
