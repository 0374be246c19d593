"""Saved prompts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.config.prompts import named_prompts, prompts_folder, read_prompt
from tui.errors import UsageError


def test_prompts_folder_is_beside_the_config_file(tmp_path: Path) -> None:
    assert prompts_folder(tmp_path / "config.toml") == tmp_path / "prompts"


def test_prompts_are_named_after_their_files(tmp_path: Path) -> None:
    for name in ("coder.md", "Äpfel.txt", "b.py", ".hidden.md", "README"):
        (tmp_path / name).write_text("x")
    assert list(named_prompts(tmp_path)) == ["coder", "Äpfel"]


def test_missing_folder_has_no_prompts(tmp_path: Path) -> None:
    assert named_prompts(tmp_path / "none") == {}


def test_prompt_is_read_without_surrounding_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("\ufeff\n  You are terse.\n\nVery.\n\n".encode())
    assert read_prompt(path) == "You are terse.\n\nVery."


def test_unreadable_prompt_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\xff")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "big.md").write_bytes(b"x")
    os.truncate(tmp_path / "big.md", 2**20 + 1)
    for name, words in (("a", "not valid UTF-8"), ("folder", "Cannot read"), ("none", "Cannot"), ("big", "larger")):
        with pytest.raises(UsageError, match=words):
            read_prompt(tmp_path / f"{name}.md")
