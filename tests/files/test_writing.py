"""A new file: never one that is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.errors import UsageError
from tui.files.writing import free_name, write_new


def test_a_text_is_written_as_it_is(tmp_path: Path) -> None:
    assert write_new(str(tmp_path / "a.md"), "grüße\n").read_bytes() == "grüße\n".encode()


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_new(str(tmp_path / "a.md"), "yours")
    assert (tmp_path / "a.md").read_text() == "mine"


def test_where_nothing_can_be_written_it_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        write_new(str(tmp_path / "none" / "a.md"), "x")
    with pytest.raises(UsageError, match="no file can be called so"):
        write_new("\0.md", "x")


def test_a_title_becomes_a_name_that_no_other_file_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert free_name("Why is the sky blue?", ".md") == "why-is-the-sky-blue.md"
    (tmp_path / "why-is-the-sky-blue.md").write_text("")
    assert free_name("Why is the sky blue?", ".md") == "why-is-the-sky-blue-2.md"


@pytest.mark.parametrize(("title", "name"), [("", "conversation"), ("../../etc", "etc"), ("  ?! ", "conversation")])
def test_no_title_leads_out_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert free_name(title, ".md") == f"{name}.md"
