"""Typed text → a prompt with the files that it names."""

from __future__ import annotations

import asyncio

from tui.workspace.prompt import Prompt
from tui.workspace.slash_parser import without_slash


async def attach_files(typed: str) -> Prompt:
    """Read the files that a text names with `@`.

    Args:
        typed: The text as the user typed it.

    Raises:
        LlmTuiError: When a file cannot be read, or is nothing that a model accepts.
    """
    text = without_slash(typed)
    if "@" not in text:
        return Prompt(text, typed=typed if text != typed else "")
    # Imported when a file is named, not for the first paint.
    from tui.files.mentions import read_mentions

    prompt_with_files = await asyncio.to_thread(read_mentions, text)
    return Prompt(prompt_with_files.text, prompt_with_files.images, typed if prompt_with_files.text != typed else "")
