"""Where copied text goes: to the terminal, and to the system's clipboard where there is one; and what to say of it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Final

from textual.app import App

_PATIENCE_S: Final = 2.0

_MANY_TAKE: Final = 74_000
"""Bytes of text that most terminals take; many drop more without a word."""


def copy_to_terminal(app: App[object], text: str) -> None:
    """Ask the terminal to copy a text."""
    app.copy_to_clipboard(_bytes_of(text).decode())


async def copy_to_system(text: str, environ: Mapping[str, str]) -> str:
    """Copy a text that the terminal was asked to copy to the system's clipboard too, where there is one.

    Returns:
        Where it went, to put behind `Copied …`. A terminal never says whether it took it, so that is not claimed.
    """
    data = _bytes_of(text)
    command = clipboard_command(environ)
    if command is None:
        return _to_the_terminal(len(data))
    if await _fed(command, data):
        return f"to the clipboard ({command[0]})"
    return f"{_to_the_terminal(len(data))}; {command[0]} failed"


def clipboard_command(
    environ: Mapping[str, str], find: Callable[[str], str | None] = shutil.which, platform: str = sys.platform
) -> tuple[str, ...] | None:
    """The program that fills the user's clipboard from its standard input. None where there is none.

    Args:
        environ: The environment.
        find: Finds a program.
        platform: As `sys.platform` names it.
    """
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        # The clipboard of the machine at the far end is not the one before the user.
        return None
    candidates: list[tuple[str, ...]] = []
    if platform == "darwin":
        candidates.append(("pbcopy",))
    if platform == "win32" or "WSL_DISTRO_NAME" in environ:
        candidates.append(("clip.exe",))
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(("wl-copy",))
    if environ.get("DISPLAY"):
        candidates.extend([("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")])
    return next((command for command in candidates if find(command[0])), None)


def _bytes_of(text: str) -> bytes:
    # A terminal takes UTF-8 only, and what a model sends may hold halves of surrogate pairs.
    return text.encode("utf-8", "replace")


def _to_the_terminal(size: int) -> str:
    if size > _MANY_TAKE:
        return "to the terminal, but many take no more than 74 kB"
    return "to the terminal, if it allows that"


async def _fed(command: tuple[str, ...], data: bytes) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            # They stay, to hand the text out, and would keep a pipe open as long.
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await process.communicate(_encoded(command, data))
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return False
    return process.returncode == 0


def _encoded(command: tuple[str, ...], data: bytes) -> bytes:
    # What Windows takes for text: anything else it reads in the console's code page.
    return data.decode().encode("utf-16") if command[0] == "clip.exe" else data
