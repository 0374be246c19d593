"""Saved prompts: text files in a folder beside the config file, found by file name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.config.bounded_read import TooLarge, read_bounded
from tui.errors import UsageError

FOLDER: Final = "prompts"
_SUFFIXES: Final = (".md", ".txt")
_MAX_BYTES: Final = 2**20


def prompts_folder(config: Path) -> Path:
    """The folder of the saved prompts.

    Args:
        config: The path of the config file.
    """
    return config.parent / FOLDER


def named_prompts(folder: Path) -> Mapping[str, Path]:
    """The paths of the saved prompts by name, sorted: `coder.md` is `coder`. Empty if the folder does not exist."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith("."))
    except OSError:
        return {}
    return {path.stem: path for path in files}


def read_prompt(path: Path) -> str:
    """The text of a saved prompt, without blank lines before and after it.

    Raises:
        UsageError: If the file cannot be read, is too large or is not UTF-8.
    """
    try:
        return read_bounded(path, _MAX_BYTES).decode("utf-8-sig").strip()
    except TooLarge as cause:
        raise UsageError(f"The prompt {path} is larger than {_MAX_BYTES // 2**20} MiB.", hint="Shorten it.") from cause
    except OSError as cause:
        raise UsageError(f"Cannot read the prompt {path}: {cause.strerror}.", hint="Check the file.") from cause
    except UnicodeDecodeError as cause:
        raise UsageError(f"The prompt {path} is not valid UTF-8.", hint="Save the file as UTF-8.") from cause
