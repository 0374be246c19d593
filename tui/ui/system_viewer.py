"""Opens a file in the program that the system shows such files with."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tui.errors import UsageError
from tui.ui.remote import is_over_ssh

_WAIT_S: Final = 5.0
"""How long a program may take to fail. Those that go on show the file."""


def viewer_command(
    environ: Mapping[str, str], find: Callable[[str], str | None] = shutil.which, platform: str = sys.platform
) -> tuple[str, ...]:
    """The command that opens a file, which is its next argument. Empty on Windows, which has a function for it.

    Args:
        environ: The environment variables.
        find: Returns the path of a program, or None if it is not installed.
        platform: The platform, as in `sys.platform`.

    Raises:
        UsageError: If the user would not see what is opened, or nothing can open it.
    """
    if is_over_ssh(environ):
        raise UsageError("Over SSH, nothing can be opened on your screen.", hint="Save the picture instead.")
    if platform == "win32":
        return ()
    if platform == "darwin":
        return ("open",)
    if "WSL_DISTRO_NAME" in environ and find("wslview"):
        return ("wslview",)
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        raise UsageError("There is no screen to open the picture on.", hint="Save the picture instead.")
    if not find("xdg-open"):
        raise UsageError("xdg-open is not installed, which opens files.", hint="Save the picture instead.")
    return ("xdg-open",)


async def open_file(path: Path, environ: Mapping[str, str]) -> None:
    """Open a file. The program that shows it goes on when llm-tui ends.

    Raises:
        UsageError: If it cannot be opened, as far as that shows within some seconds.
    """
    command = viewer_command(environ)
    if not command:
        await asyncio.to_thread(_start_file, path)
        return
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as cause:
        raise UsageError(f"{command[0]} cannot be started: {cause.strerror}.", hint="Save the picture.") from cause
    try:
        async with asyncio.timeout(_WAIT_S):
            code = await process.wait()
    except TimeoutError:
        return
    if code != 0:
        raise UsageError(f"{command[0]} found no program for the picture.", hint="Save the picture instead.")


def _start_file(path: Path) -> None:
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606
