"""Reads a picture from the system's clipboard, with the programs that the system has for it. No shell is involved."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Final

from tui.chat.image_type import media_type_of
from tui.errors import UsageError
from tui.files.reading import MAX_IMAGE_BYTES
from tui.ui.remote import is_over_ssh

_TIMEOUT_S: Final = 5.0
_READ_BYTES: Final = 65_536

_POWERSHELL: Final = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$i=[Windows.Forms.Clipboard]::GetImage();"
    "if($i){$m=New-Object IO.MemoryStream;$i.Save($m,[Drawing.Imaging.ImageFormat]::Png);"
    "[Console]::Out.Write([Convert]::ToBase64String($m.ToArray()))}"
)
_APPLE_SCRIPT: Final = "get the clipboard as «class PNGf»"


def picture_commands(
    environ: Mapping[str, str], find: Callable[[str], str | None] = shutil.which, platform: str = sys.platform
) -> list[tuple[str, ...]]:
    """The commands that write a picture in the user's clipboard to standard output, to be tried in turn.

    Args:
        environ: The environment variables.
        find: Returns the path of a program, or None if it is not installed.
        platform: The platform, as in `sys.platform`.

    Raises:
        UsageError: If there are none, with what would help.
    """
    if is_over_ssh(environ):
        raise UsageError("Over SSH, your clipboard cannot be read.", hint="Copy the file here, and attach it with @.")
    commands: list[tuple[str, ...]] = []
    if platform == "darwin":
        commands += [("pngpaste", "-"), ("osascript", "-e", _APPLE_SCRIPT)]
    if platform == "win32" or "WSL_DISTRO_NAME" in environ:
        commands.append(("powershell.exe", "-NoProfile", "-NonInteractive", "-STA", "-Command", _POWERSHELL))
    if environ.get("WAYLAND_DISPLAY"):
        commands += [("wl-paste", "--no-newline", "--type", kind) for kind in ("image/png", "image/jpeg")]
    if environ.get("DISPLAY"):
        commands += [
            ("xclip", "-selection", "clipboard", "-o", "-t", kind) for kind in ("image/png", "image/jpeg", "image/webp")
        ]
    installed = [command for command in commands if find(command[0])]
    if not installed:
        needed = "wl-clipboard" if environ.get("WAYLAND_DISPLAY") else "xclip"
        has_screen = environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY")
        raise UsageError(
            "The clipboard cannot be read here.",
            hint=f"Install {needed}." if has_screen else "Attach a file with @.",
        )
    return installed


async def read_clipboard_picture(environ: Mapping[str, str]) -> bytes | None:
    """The content of an image file: the picture in the user's clipboard. None if there is none.

    Raises:
        UsageError: If the clipboard cannot be read, or the picture is too large.
    """
    for command in picture_commands(environ):
        data = picture_in(await _output_of(command))
        if data is not None:
            return data
    return None


def picture_in(output: bytes) -> bytes | None:
    """The image file that a program wrote: as it is, in base64, or as AppleScript writes data. None for none."""
    text = output.strip()
    if text.startswith("«data PNGf".encode()):
        with contextlib.suppress(ValueError):
            text = bytes.fromhex(text[len("«data PNGf".encode()) :].partition("»".encode())[0].decode("ascii"))
    elif media_type_of(output) is None:
        try:
            text = base64.b64decode(text, validate=True)
        except binascii.Error:
            return None
    else:
        text = output
    return text if media_type_of(text) is not None else None


async def _output_of(command: tuple[str, ...]) -> bytes:
    """What a program writes. Empty if it fails or takes too long.

    Raises:
        UsageError: If it is too large.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return b""
    assert process.stdout is not None
    output = bytearray()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while piece := await process.stdout.read(_READ_BYTES):
                output += piece
                # Twice as much: the picture may be written in hexadecimal digits.
                if len(output) > 2 * MAX_IMAGE_BYTES:
                    raise UsageError(f"The picture in the clipboard is larger than {MAX_IMAGE_BYTES // 2**20} MiB.")
            return bytes(output) if await process.wait() == 0 else b""
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
