"""Writing new files."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tui.errors import UsageError
from tui.files.writing import ExportFolder, free_name, write_new


def test_text_is_written_unchanged(tmp_path: Path) -> None:
    assert write_new(str(tmp_path / "a.md"), "grüße\n").read_bytes() == "grüße\n".encode()


def test_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        write_new(str(tmp_path / "a.md"), "yours")
    assert (tmp_path / "a.md").read_text() == "mine"


def test_write_error_has_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        write_new(str(tmp_path / "none" / "a.md"), "x")
    with pytest.raises(UsageError, match="invalid file name"):
        write_new("\0.md", "x")


def test_free_name_is_unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert free_name("Why is the sky blue?", ".md") == "why-is-the-sky-blue.md"
    (tmp_path / "why-is-the-sky-blue.md").write_text("")
    assert free_name("Why is the sky blue?", ".md") == "why-is-the-sky-blue-2.md"


@pytest.mark.parametrize(("title", "name"), [("", "conversation"), ("../../etc", "etc"), ("  ?! ", "conversation")])
def test_free_name_stays_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert free_name(title, ".md") == f"{name}.md"


def test_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(UsageError, match="cannot be written"):
            write_new(str(tmp_path / "a.md"), "long " * 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_lone_surrogate_does_not_prevent_an_export(tmp_path: Path) -> None:
    assert write_new(str(tmp_path / "a.md"), "a\ud800b").read_bytes() == b"a?b"


def test_names_in_an_export_folder_are_stable_and_unique(tmp_path: Path) -> None:
    folder = ExportFolder(str(tmp_path / "all"), ".md", overwrites=False)
    keys = ["a" * 12 + "1", "a" * 12 + "2", "A", "a", "../x", "€" * 90]
    names = [folder.write(key, "Same / title", key).path.name for key in keys]
    again = ExportFolder(str(tmp_path / "all"), ".md", overwrites=False)
    assert [again.write(key, "Same / title", key).path.name for key in keys] == names
    assert len({name.casefold() for name in names}) == len(keys)
    assert all(name.startswith("same-title-") and "/" not in name for name in names)


def test_name_of_a_long_title_fits_every_file_system(tmp_path: Path) -> None:
    folder = ExportFolder(str(tmp_path), ".json", overwrites=False)
    path = folder.write("c", "𝄞" * 80, "x").path
    path2 = folder.write("d", "語" * 80, "x").path
    assert max(len(each.name.encode()) for each in (path, path2)) <= 255


def test_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    name = ExportFolder(str(tmp_path), ".md", overwrites=False).write("c", "t", "old").path
    name.chmod(0o640)
    assert ExportFolder(str(tmp_path), ".md", overwrites=True).write("c", "t", "new").result == "written"
    assert (name.read_text(), name.stat().st_mode & 0o777) == ("new", 0o640)
