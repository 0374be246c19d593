"""Files are opened in the program of the system, where the user would see it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ui.programs import Programs
from tui.errors import UsageError
from tui.ui.system_viewer import open_file, viewer_command


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", ("xdg-open",)),
        ({"WAYLAND_DISPLAY": "w"}, "linux", ("xdg-open",)),
        ({}, "darwin", ("open",)),
        ({}, "win32", ()),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ("wslview",)),
    ],
)
def test_each_system_has_its_program(environ: dict[str, str], platform: str, expected: tuple[str, ...]) -> None:
    assert viewer_command(environ, lambda name: name, platform) == expected


@pytest.mark.parametrize(
    ("environ", "finds", "words"),
    [
        ({}, True, "no screen"),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1"}, True, "Over SSH"),
        ({"DISPLAY": ":0"}, False, "xdg-open is not installed"),
    ],
)
def test_nothing_is_opened_where_nobody_would_see_it(environ: dict[str, str], finds: bool, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        viewer_command(environ, lambda name: name if finds else None, "linux")


async def test_path_is_one_argument_whatever_is_in_it(programs: Programs, tmp_path: Path) -> None:
    programs.add("xdg-open", f"open({str(tmp_path / 'said')!r}, 'w').write(repr(sys.argv[1:]))")
    path = tmp_path / "a $(b) 'c'.png"

    await open_file(path, os.environ)

    assert (tmp_path / "said").read_text() == repr([str(path)])


async def test_failure_is_said(programs: Programs, tmp_path: Path) -> None:
    programs.add("xdg-open", "sys.exit(3)")

    with pytest.raises(UsageError, match="found no program"):
        await open_file(tmp_path / "a.png", os.environ)
