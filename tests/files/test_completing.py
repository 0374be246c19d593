"""The beginning of a path, and what it may become."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.files.completing import PathCompletion, path_completions


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("notes.txt", "Notebook.md", "old-notes", ".hidden"):
        (tmp_path / name).write_text("12345")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "inside.py").write_text("")
    return tmp_path


def names(written: str) -> list[str]:
    return [found.name for found in path_completions(written, 50)]


def test_folders_come_first_then_files_and_hidden_ones_when_their_dot_is_written() -> None:
    assert names("") == ["nothing/", "Notebook.md", "notes.txt", "old-notes"]
    assert names(".h") == [".hidden"]
    assert names(".")[0] == ".hidden"


def test_what_begins_so_comes_before_what_only_has_it_in_it() -> None:
    assert names("not") == ["nothing/", "Notebook.md", "notes.txt", "old-notes"]
    assert names("NOTES") == ["notes.txt", "old-notes"]


def test_a_file_comes_with_its_size_and_a_folder_without() -> None:
    assert path_completions("no", 2) == [PathCompletion("nothing/", None), PathCompletion("Notebook.md", 5)]


def test_a_path_is_completed_as_it_is_written(in_a_folder: Path) -> None:
    assert names("nothing/") == ["nothing/inside.py"]
    assert names("./nothing/in") == ["./nothing/inside.py"]
    assert names("~/not")[0] == "~/nothing/"
    assert names(f"{in_a_folder}/notes") == [f"{in_a_folder}/notes.txt", f"{in_a_folder}/old-notes"]
    assert "/etc/" in names("/et")


def test_where_nothing_is_to_be_seen_nothing_is_found() -> None:
    assert names("none/") == names("notes.txt/") == names("~nobody-of-that-name/") == names("\0/") == []


def test_a_link_to_nowhere_and_a_name_with_a_line_end_do_no_harm(in_a_folder: Path) -> None:
    (in_a_folder / "lost").symlink_to("none")
    (in_a_folder / "li\nne").write_text("")
    assert path_completions("l", 50)[:1] == [PathCompletion("lost", None)]
    assert names("li") == []
