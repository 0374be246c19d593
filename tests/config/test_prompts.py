"""Saved prompts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.config.prompts import (
    delete_prompt,
    named_prompts,
    new_prompt_path,
    prompts_folder,
    read_prompt,
    write_prompt,
)
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


def test_new_prompt_is_written_replaced_and_deleted(tmp_path: Path) -> None:
    path = new_prompt_path(tmp_path / "prompts", " re view ")
    assert path.name == "re view.md"
    write_prompt(path, "\nfirst\n\n")
    write_prompt(path, "zwei ä")
    assert read_prompt(path) == "zwei ä"
    assert path.read_bytes() == "zwei ä\n".encode()
    delete_prompt(path)
    delete_prompt(path)
    assert named_prompts(path.parent) == {}


@pytest.mark.parametrize("name", ["", "  ", ".hidden", "a/b", "a\\b", "c:d", "a\nb", "x" * 101, "coder"])
def test_name_that_no_prompt_can_have_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "coder.txt").write_text("x")
    with pytest.raises(UsageError):
        new_prompt_path(tmp_path, name)


def test_prompt_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Cannot write the prompt"):
        write_prompt(tmp_path / "file" / "a.md", "x")
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        write_prompt(tmp_path / "a.md", "x" * 2**20)
    with pytest.raises(UsageError, match="Cannot delete the prompt"):
        delete_prompt(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
