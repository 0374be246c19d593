"""Completions of a path prefix."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.files.completing import PathCompletion, path_completions


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("notes.txt", "Notebook.md", "old-notes", ".hidden"):
        (tmp_path / name).write_text("12345")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "inside.py").write_text("")
    return tmp_path


def names(written: str) -> list[str]:
    return [found.name for found in path_completions(written, 50)]


def test_folders_first_and_hidden_files_only_after_a_dot() -> None:
    assert names("") == ["nothing/", "Notebook.md", "notes.txt", "old-notes"]
    assert names(".h") == [".hidden"]
    assert names(".")[0] == ".hidden"


def test_prefix_matches_come_before_other_matches() -> None:
    assert names("not") == ["nothing/", "Notebook.md", "notes.txt", "old-notes"]
    assert names("NOTES") == ["notes.txt", "old-notes"]


def test_completion_has_size_of_files_only() -> None:
    assert path_completions("no", 2) == [PathCompletion("nothing/", None), PathCompletion("Notebook.md", 5)]


def test_completion_keeps_the_typed_form_of_the_path(working_folder: Path) -> None:
    assert names("nothing/") == ["nothing/inside.py"]
    assert names("./nothing/in") == ["./nothing/inside.py"]
    assert names("~/not")[0] == "~/nothing/"
    assert names(f"{working_folder}/notes") == [f"{working_folder}/notes.txt", f"{working_folder}/old-notes"]
    assert "/etc/" in names("/et")


def test_unreadable_folder_has_no_completions() -> None:
    assert names("none/") == names("notes.txt/") == names("~no-such-user/") == names("\0/") == []


def test_broken_link_and_name_with_newline(working_folder: Path) -> None:
    (working_folder / "lost").symlink_to("none")
    (working_folder / "li\nne").write_text("")
    assert path_completions("l", 50)[:1] == [PathCompletion("lost", None)]
    assert names("li") == []
