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

Put = Callable[[Path, bytes], None]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def full_disk() -> Iterator[None]:
    """Lets no file grow beyond ten bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("put", [files.create, files.replace])
def test_a_new_file_and_its_new_folders_are_the_users_alone(tmp_path: Path, put: Put) -> None:
    path = tmp_path / "new" / "newer" / "config.toml"

    put(path, b"x")

    assert path.read_bytes() == b"x"
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == mode_of(path.parent.parent) == 0o700


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")
    path.chmod(mode)

    files.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert mode_of(path) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)

    files.replace(path, b"new")

    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
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


def test_a_file_that_is_there_is_not_created_again(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"mine")

    with pytest.raises(ConfigError, match=r"config\.toml exists already, and is left as it is"):
        files.create(path, b"x")

    assert path.read_bytes() == b"mine"


def test_what_is_read_only_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"mine")
    path.chmod(0o444)

    with pytest.raises(ConfigError, match=r"config\.toml cannot be written: it is read-only"):
        files.replace(path, b"x")

    assert path.read_bytes() == b"mine"


def test_what_is_no_ordinary_file_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ConfigError, match="cannot be written: it is read-only, or no ordinary file"):
        files.replace(tmp_path / "pipe", b"x")


@pytest.mark.parametrize("put", [files.create, files.replace])
def test_a_folder_that_cannot_be_is_told(tmp_path: Path, put: Put) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ConfigError, match=r"config\.toml cannot be written: Not a directory\."):
        put(tmp_path / "file" / "config.toml", b"x")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")

    with full_disk(), pytest.raises(ConfigError, match="cannot be written: File too large"):
        files.replace(path, b"x" * 100)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_no_half_of_a_new_file(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(ConfigError, match="cannot be written: File too large"):
        files.create(tmp_path / "config.toml", b"x" * 100)

    assert list(tmp_path.iterdir()) == []
