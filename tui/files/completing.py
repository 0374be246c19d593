"""The beginning of a path → the files that it may become."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

_LOOKED_AT: Final = 20_000
"""Entries of a folder that are looked at: nobody finds one among more by a list."""


class PathCompletion(NamedTuple):
    """A file or folder that a path may become."""

    name: str
    """The path, as it is written: relative where what was written is. A folder's ends with a slash."""

    size_bytes: int | None
    """None for a folder, and for what has none."""


def path_completions(written: str, most: int) -> list[PathCompletion]:
    """What a path that is being written may become: folders first, then files, by name.

    What begins with what is written comes before what only contains it. Hidden
    ones come when their dot is written.

    Args:
        written: The path as far as it is written. May be empty.
        most: How many are wanted.
    """
    folder, beginning = os.path.split(written)
    try:
        where = Path(folder).expanduser() if folder else Path()
        with os.scandir(where) as entries:
            found = [entry for entry, _ in zip(entries, range(_LOOKED_AT), strict=False)]
    except (OSError, ValueError, RuntimeError):
        # There is no such folder, or nothing to be seen there.
        return []
    wanted = beginning.casefold()
    ranked = []
    for entry in found:
        name = entry.name
        folded = name.casefold()
        if wanted not in folded or (name.startswith(".") and not beginning.startswith(".")) or not name.isprintable():
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
