from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tui.config import files
from tui.errors import ConfigError

WriteFile = Callable[[Path, bytes], None]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def full_disk() -> Iterator[None]:
    """Limits the size of files to ten bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("write", [files.create, files.replace])
def test_new_file_and_folders_are_private(tmp_path: Path, write: WriteFile) -> None:
    path = tmp_path / "new" / "newer" / "config.toml"

    write(path, b"x")

    assert path.read_bytes() == b"x"
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == mode_of(path.parent.parent) == 0o700


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_replace_keeps_the_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")
    path.chmod(mode)

    files.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert mode_of(path) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner of a file")
def test_replace_keeps_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)

    files.replace(path, b"new")

    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


def test_replace_keeps_a_symbolic_link(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "llm-tui.toml"
    link, dangling = tmp_path / "config.toml", tmp_path / "dangling.toml"
    link.symlink_to("dotfiles/llm-tui.toml")
    dangling.symlink_to("elsewhere/new.toml")
    target.parent.mkdir()
    target.write_bytes(b"old")

    files.replace(link, b"new")
    files.replace(dangling, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert dangling.is_symlink()
    assert (tmp_path / "elsewhere" / "new.toml").read_bytes() == b"new"


def test_create_does_not_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"mine")

    with pytest.raises(ConfigError, match=r"config\.toml already exists"):
        files.create(path, b"x")

    assert path.read_bytes() == b"mine"


def test_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"mine")
    path.chmod(0o444)

    with pytest.raises(ConfigError, match=r"Cannot write .*config\.toml: it is read-only"):
        files.replace(path, b"x")

    assert path.read_bytes() == b"mine"


def test_special_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ConfigError, match=r"Cannot write .*: it is read-only or not a regular file"):
        files.replace(tmp_path / "pipe", b"x")


@pytest.mark.parametrize("write", [files.create, files.replace])
def test_impossible_folder_is_an_error(tmp_path: Path, write: WriteFile) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ConfigError, match=r"Cannot write .*config\.toml: Not a directory\."):
        write(tmp_path / "file" / "config.toml", b"x")


def test_full_disk_leaves_only_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")

    with full_disk(), pytest.raises(ConfigError, match=r"Cannot write .*: File too large"):
        files.replace(path, b"x" * 100)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_leaves_no_partial_file(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(ConfigError, match=r"Cannot write .*: File too large"):
        files.create(tmp_path / "config.toml", b"x" * 100)

    assert list(tmp_path.iterdir()) == []
