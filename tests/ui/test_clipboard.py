"""Copying to the terminal and to the system clipboard, and the message about it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.app import App

from tui.ui.clipboard import clipboard_command, copy_to_system, copy_to_terminal


@pytest.mark.parametrize(
    ("environ", "platform", "installed", "command"),
    [
        ({}, "darwin", {"pbcopy"}, "pbcopy"),
        ({"WAYLAND_DISPLAY": "w"}, "linux", {"wl-copy", "xclip"}, "wl-copy"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, "linux", {"xclip", "xsel"}, "xclip"),
        ({"DISPLAY": ":0"}, "linux", {"wl-copy", "xsel"}, "xsel"),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", {"clip.exe"}, "clip.exe"),
        ({}, "linux", {"xclip", "wl-copy"}, None),
        ({"DISPLAY": ":0"}, "linux", set(), None),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a b c d"}, "linux", {"xclip"}, None),
        ({"SSH_TTY": "t"}, "darwin", {"pbcopy"}, None),
    ],
)
def test_clipboard_command_matches_the_platform(
    environ: dict[str, str], platform: str, installed: set[str], command: str | None
) -> None:
    found = clipboard_command(environ, lambda name: name if name in installed else None, platform)

    assert (found[0] if found else None) == command


async def copied(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str, text: str) -> tuple[str, App[object]]:
    """The message after copying a text with a fake `xclip` that runs a script, and the app."""
    program = folder / "xclip"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    app: App[object] = App()
    async with app.run_test():
        copy_to_terminal(app, text)
        return await copy_to_system(text, {"DISPLAY": ":0"}), app


@pytest.mark.skipif(sys.platform != "linux", reason="other systems use other clipboard commands")
async def test_text_is_copied_to_terminal_and_clipboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    saved = tmp_path / "kept"
    message, app = await copied(monkeypatch, tmp_path, f"cat > '{saved}'", "Grüße\n\ud800")

    assert message == "to the clipboard (xclip)"
    assert saved.read_text() == "Grüße\n?"
    assert app.clipboard == "Grüße\n?"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems use other clipboard commands")
async def test_failing_clipboard_command_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    message, _ = await copied(monkeypatch, tmp_path, "exit 3", "x")
    assert message == "to the terminal, if it supports copying; xclip failed"


async def test_terminal_copy_does_not_claim_success() -> None:
    assert await copy_to_system("x", {}) == "to the terminal, if it supports copying"
    assert "at most 74 kB" in await copy_to_system("x" * 80_000, {})
