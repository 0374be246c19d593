"""Editing text in the user's editor, and checking addresses for the browser."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui.errors import UsageError
from tui.on_demand import shlex


def edit_in_editor(text: str, environ: Mapping[str, str]) -> str:
    """The text after the user has edited it in `$VISUAL` or `$EDITOR`.

    The caller must suspend the app first: the editor uses the terminal.

    Args:
        text: The text to edit; may be empty.
        environ: The environment variables.

    Raises:
        UsageError: If the editor cannot be started or fails.
    """
    with tempfile.TemporaryDirectory(prefix="llm-tui-") as folder:
        # A Markdown suffix makes editors highlight the text.
        path = Path(folder) / "prompt.md"
        path.write_text(text, encoding="utf-8")
        command = open_in_editor(path, environ, "; the prompt is unchanged")
        try:
            edited = path.read_text(encoding="utf-8", errors="replace")
        except OSError as cause:
            raise UsageError(f"The editor {command!r} left no file; the prompt is unchanged.") from cause
    # Editors add a newline at the end of the file.
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def open_in_editor(path: Path, environ: Mapping[str, str], or_else: str = "") -> str:
    """Let the user edit a file; returns the command of the editor.

    The caller must suspend the app first: the editor uses the terminal.

    Args:
        path: The file.
        environ: The environment variables.
        or_else: What it means that the editor failed, for the error message.

    Raises:
        UsageError: If the editor cannot be started or fails.
    """
    command = environ.get("VISUAL") or environ.get("EDITOR") or ("notepad" if os.name == "nt" else "vi")
    try:
        process = subprocess.run([*shlex.split(command), str(path)], check=False)  # noqa: S603
    except (OSError, ValueError) as cause:
        raise UsageError(
            f"The editor {command!r} cannot be started: {cause}.",
            hint="Set VISUAL or EDITOR to an installed editor.",
        ) from cause
    if process.returncode != 0:
        raise UsageError(f"The editor {command!r} failed{or_else}.")
    return command


def is_web_address(address: str) -> bool:
    """Whether an address may be opened in the browser.

    Only http and https. Blanks and unprintable characters could disguise the target.
    """
    return address.lower().startswith(("http://", "https://")) and address.isprintable() and " " not in address
