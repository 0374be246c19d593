"""Pictures are read from the clipboard with the programs of the system."""

from __future__ import annotations

import base64
import os

import pytest

from tests.ui.programs import Programs
from tui.errors import UsageError
from tui.ui import clipboard_picture
from tui.ui.clipboard_picture import picture_commands, picture_in, read_clipboard_picture

PNG = b"\x89PNG\r\n\x1a\n\x00\xff picture"


@pytest.mark.parametrize(
    ("environ", "platform", "first"),
    [
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "linux", ("wl-paste", "--no-newline", "--type", "image/png")),
        ({"DISPLAY": ":0"}, "linux", ("xclip", "-selection", "clipboard", "-o", "-t", "image/png")),
        ({}, "darwin", ("pngpaste", "-")),
        ({}, "win32", ("powershell.exe", "-NoProfile")),
        ({"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0"}, "linux", ("powershell.exe", "-NoProfile")),
    ],
)
def test_each_system_has_its_program(environ: dict[str, str], platform: str, first: tuple[str, ...]) -> None:
    command = picture_commands(environ, lambda name: name, platform)[0]

    assert command[: len(first)] == first


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        ({"DISPLAY": ":0"}, "Install xclip."),
        ({"WAYLAND_DISPLAY": "w"}, "Install wl-clipboard."),
        ({}, "Attach a file with @."),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "Copy the file here, and attach it with @."),
    ],
)
def test_missing_program_has_a_hint(environ: dict[str, str], hint: str) -> None:
    with pytest.raises(UsageError) as error:
        picture_commands(environ, lambda _: None, "linux")

    assert error.value.hint == hint


@pytest.mark.parametrize(
    "output",
    [PNG, base64.b64encode(PNG) + b"\r\n", "«data PNGf".encode() + PNG.hex().upper().encode() + "»\n".encode()],
)
def test_picture_is_read_in_every_form(output: bytes) -> None:
    assert picture_in(output) == PNG


@pytest.mark.parametrize("output", [b"", b"hello", b"aGVsbG8=", "«data PNGfzz»".encode(), "«data PNGf»".encode()])
def test_anything_else_is_not_a_picture(output: bytes) -> None:
    assert picture_in(output) is None


async def test_next_type_is_tried_if_there_is_none_of_the_first(programs: Programs) -> None:
    programs.add("xclip", f"if 'image/png' in sys.argv: sys.exit(1)\nsys.stdout.buffer.write({PNG!r})")

    assert await read_clipboard_picture(os.environ) == PNG


async def test_clipboard_without_a_picture_is_none(programs: Programs) -> None:
    programs.add("xclip", "print('text')")

    assert await read_clipboard_picture(os.environ) is None


async def test_program_that_hangs_is_ended(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard_picture, "_TIMEOUT_S", 0.2)
    programs.add("xclip", "import time\ntime.sleep(600)")

    assert await read_clipboard_picture(os.environ) is None


async def test_endless_output_is_an_error(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard_picture, "MAX_IMAGE_BYTES", 100_000)
    programs.add("xclip", "while True: sys.stdout.buffer.write(b'x' * 65536)")

    with pytest.raises(UsageError, match="larger"):
        await read_clipboard_picture(os.environ)
