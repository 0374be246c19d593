"""The user's saved prompts: plain files beside the config."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tui.config.prompts import named_prompts, prompts_folder
from tui.runtime import Runtime


class SavedPrompts(NamedTuple):
    """The saved prompts, and where to put more."""

    folder: Path
    files: Mapping[str, Path]
    """The file of each prompt, by its name."""


async def find_saved_prompts(runtime: Runtime) -> SavedPrompts:
    """The saved prompts. Read in a thread: the folder may be on a slow disk."""
    folder = prompts_folder(runtime.loaded.path)
    return SavedPrompts(folder, await asyncio.to_thread(named_prompts, folder))
