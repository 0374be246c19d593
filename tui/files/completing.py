"""Completions of a path prefix."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

_MAX_ENTRIES: Final = 20_000
"""Folder entries to read. A list of more would be of no use."""


class PathCompletion(NamedTuple):
    """A file or folder that completes a path."""

    name: str
    """The path, relative if the prefix is. Ends with a slash for a folder."""

    size_bytes: int | None
    """The size of a file. None for a folder, or if unknown."""


def path_completions(written: str, most: int) -> list[PathCompletion]:
    """Completions of a path: folders first, then files, by name.

    Names that begin with the last part of the path come before names that only
    contain it. Hidden files are included if the last part begins with a dot.

    Args:
        written: The path typed so far; may be empty.
        most: Maximum number of completions.
    """
    folder, prefix = os.path.split(written)
    try:
        where = Path(folder).expanduser() if folder else Path()
        with os.scandir(where) as entries:
            found = [entry for entry, _ in zip(entries, range(_MAX_ENTRIES), strict=False)]
    except (OSError, ValueError, RuntimeError):
        # The folder does not exist or cannot be read.
        return []
    wanted = prefix.casefold()
    ranked = []
    for entry in found:
        name = entry.name
        folded = name.casefold()
        if wanted not in folded or (name.startswith(".") and not prefix.startswith(".")) or not name.isprintable():
            continue
        ranked.append((not folded.startswith(wanted), not _is_folder(entry), folded, entry))
    ranked.sort(key=lambda rank: rank[:3])
    return [_completion(folder, entry) for *_, entry in ranked[:most]]


def _completion(folder: str, entry: os.DirEntry[str]) -> PathCompletion:
    name = f"{folder}{'' if folder.endswith('/') or not folder else '/'}{entry.name}"
    if _is_folder(entry):
        return PathCompletion(f"{name}/", None)
    try:
        return PathCompletion(name, entry.stat().st_size)
    except OSError:
        return PathCompletion(name, None)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
