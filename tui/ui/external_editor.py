"""What lies outside the screen: the user's editor, the clipboard, the browser."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui.errors import UsageError


def edit_in_editor(text: str, environ: Mapping[str, str]) -> str:
    """The text as the user leaves it in `$VISUAL` or `$EDITOR`. The terminal must be free meanwhile.

    Raises:
        UsageError: When there is no editor, or it fails. Then the text is as it was.
    """
    command = environ.get("VISUAL") or environ.get("EDITOR") or ("notepad" if os.name == "nt" else "vi")
    with tempfile.TemporaryDirectory(prefix="llm-tui-") as folder:
        # Markdown, so that the editor colours it.
        path = Path(folder) / "prompt.md"
        path.write_text(text, encoding="utf-8")
        try:
            ended = subprocess.run([*shlex.split(command), str(path)], check=False)  # noqa: S603
        except (OSError, ValueError) as cause:
            raise UsageError(
                f"The editor {command!r} cannot be started: {cause}.", hint="Set VISUAL or EDITOR to one that can."
            ) from cause
        if ended.returncode != 0:
            raise UsageError(f"The editor {command!r} failed, so the prompt stays as it was.")
        try:
            edited = path.read_text(encoding="utf-8", errors="replace")
        except OSError as cause:
            raise UsageError(f"The editor {command!r} left no file, so the prompt stays as it was.") from cause
    # Editors end a file with a newline that nobody wrote.
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def is_web_address(address: str) -> bool:
    """Whether an address is one that we open: http or https, and nothing that could hide where it leads."""
    return address.lower().startswith(("http://", "https://")) and address.isprintable() and " " not in address
