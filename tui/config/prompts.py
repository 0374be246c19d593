"""The user's own prompts: plain files in a folder beside the config file, each named as it is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.errors import UsageError

FOLDER: Final = "prompts"
_SUFFIXES: Final = (".md", ".txt")
_MOST_BYTES: Final = 2**20


def prompts_folder(config: Path) -> Path:
    """Where the prompts are, beside a config file."""
    return config.parent / FOLDER


def named_prompts(folder: Path) -> Mapping[str, Path]:
    """The prompts by name, sorted: `coder.md` is `coder`. None where there is no such folder."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith("."))
    except OSError:
        return {}
    return {path.stem: path for path in files}


def read_prompt(path: Path) -> str:
    """The prompt in a file, without the blank lines around it.

    Raises:
        UsageError: When it cannot be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise UsageError(f"The prompt {path} is larger than {_MOST_BYTES // 2**20} MiB.", hint="Make it shorter.")
        return data.decode("utf-8-sig").strip()
    except OSError as cause:
        raise UsageError(f"The prompt {path} cannot be read: {cause.strerror}.", hint="Check the file.") from cause
    except UnicodeDecodeError as cause:
        raise UsageError(f"The prompt {path} is no text in UTF-8.", hint="Save it as UTF-8.") from cause
