"""Copying text to the terminal (OSC 52) and to the system clipboard, and describing where it went."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Final

from textual.app import App

from tui.ui.remote import is_over_ssh

_COMMAND_TIMEOUT_S: Final = 2.0

_MAX_TERMINAL_BYTES: Final = 74_000
"""Bytes of text that most terminals accept. Many silently ignore longer texts."""


def copy_to_terminal(app: App[object], text: str) -> None:
    """Ask the terminal to copy a text.

    Args:
        app: The running app.
        text: The text to copy; may be empty.
    """
    app.copy_to_clipboard(_encoded(text).decode())


async def copy_to_system(text: str, environ: Mapping[str, str]) -> str:
    """Copy a text to the system clipboard, if there is one, in addition to the terminal.

    Call `copy_to_terminal` before.

    Returns:
        Where the text went, to append to `Copied …`. Terminals do not confirm copying, so the text does not claim it.
    """
    data = _encoded(text)
    command = clipboard_command(environ)
    if command is None:
        return _terminal_message(len(data))
    if await _run(command, data):
        return f"to the clipboard ({command[0]})"
    return f"{_terminal_message(len(data))}; {command[0]} failed"


def clipboard_command(
    environ: Mapping[str, str], find: Callable[[str], str | None] = shutil.which, platform: str = sys.platform
) -> tuple[str, ...] | None:
    """The command that copies its standard input to the user's clipboard. None if there is none.

    Args:
        environ: The environment variables.
        find: Returns the path of a program, or None if it is not installed.
        platform: The platform, as in `sys.platform`.
    """
    if is_over_ssh(environ):
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


def _encoded(text: str) -> bytes:
    # Terminals accept only UTF-8, and text from a model may contain lone surrogates.
    return text.encode("utf-8", "replace")


def _terminal_message(size: int) -> str:
    if size > _MAX_TERMINAL_BYTES:
        return "to the terminal; many terminals accept at most 74 kB"
    return "to the terminal, if it supports copying"


async def _run(command: tuple[str, ...], data: bytes) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            # xclip and wl-copy keep running to serve the text, and would keep a pipe open.
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_COMMAND_TIMEOUT_S):
            await process.communicate(_encoded_for(command, data))
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return False
    return process.returncode == 0


def _encoded_for(command: tuple[str, ...], data: bytes) -> bytes:
    # clip.exe reads input without a UTF-16 byte order mark in the console's code page.
    return data.decode().encode("utf-16") if command[0] == "clip.exe" else data
