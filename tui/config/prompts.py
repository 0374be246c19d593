"""Saved prompts: text files in a folder beside the config file, found by file name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.atomic_files import create_file, replace_file
from tui.config.bounded_read import TooLarge, read_bounded
from tui.errors import UsageError

FOLDER: Final = "prompts"
_SUFFIXES: Final = (".md", ".txt")
_MAX_BYTES: Final = 2**20
_MAX_NAME: Final = 100


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


def new_prompt_path(folder: Path, name: str) -> Path:
    """The file of a new saved prompt.

    Args:
        folder: The folder of the saved prompts.
        name: The name that the user gave it.

    Raises:
        UsageError: If it cannot have that name.
    """
    name = name.strip()
    if not name:
        raise UsageError("A saved prompt needs a name.", hint="It is what you type behind the slash.")
    # A blank becomes a `-` behind the slash, other characters would have to be quoted or are not visible.
    if name.startswith(".") or len(name) > _MAX_NAME or not name.isprintable() or any(sign in name for sign in "/\\:"):
        raise UsageError(f"{name} cannot be the name of a file.", hint="Use letters, digits, blanks and dashes.")
    if name in named_prompts(folder):
        raise UsageError(f"There is a saved prompt {name} already.", hint="Edit that one, or use another name.")
    return folder / f"{name}.md"


def write_prompt(path: Path, text: str) -> None:
    """Save a prompt, completely or not at all.

    Args:
        path: Its file, which may exist.
        text: The text.

    Raises:
        UsageError: If it is too large, or cannot be written.
    """
    content = f"{text.strip()}\n".encode()
    if len(content) > _MAX_BYTES:
        raise UsageError(f"The prompt is larger than {_MAX_BYTES // 2**20} MiB.", hint="Shorten it.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            replace_file(path, content)
        else:
            create_file(path, content)
    except OSError as cause:
        raise UsageError(f"Cannot write the prompt {path}: {cause.strerror}.", hint="Check the folder.") from cause


def delete_prompt(path: Path) -> None:
    """Delete the file of a saved prompt.

    Raises:
        UsageError: If it cannot be deleted.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as cause:
        raise UsageError(f"Cannot delete the prompt {path}: {cause.strerror}.", hint="Check the folder.") from cause
