"""Instance: which instances are alive."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.store import instances
from tui.store.instances import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """A live instance."""
    alive = Instance(tmp_path)
    yield alive
    alive.end()


def test_instance_is_alive_until_it_ends(tmp_path: Path, instance: Instance) -> None:
    other = Instance(tmp_path)
    assert instance.is_alive(other.id)
    assert instance.is_alive(instance.id)

    other.end()

    assert not instance.is_alive(other.id)


def test_in_memory_instance_knows_only_itself(instance: Instance) -> None:
    alone = Instance(None)

    assert alone.is_alive(alone.id)
    assert not alone.is_alive(instance.id)
    alone.end()


def test_unlocked_file_means_a_dead_instance(tmp_path: Path, instance: Instance) -> None:
    (tmp_path / "abc.lock").touch()

    assert not instance.is_alive("abc")


@pytest.mark.parametrize("name", ["", "../outside", "a/b", "unknown"])
def test_invalid_id_is_not_alive(tmp_path: Path, instance: Instance, name: str) -> None:
    (tmp_path.parent / "outside.lock").touch()

    assert not instance.is_alive(name)


def test_concurrent_checks_of_a_dead_instance_agree(tmp_path: Path, instance: Instance) -> None:
    path = tmp_path / "abc.lock"
    with path.open("w") as looking:
        assert instances._try_lock(looking.fileno(), exclusive=False)
        assert not instance.is_alive("abc")


def test_removes_lock_files_of_killed_instances(tmp_path: Path, instance: Instance) -> None:
    (tmp_path / "killed.lock").touch()
    (tmp_path / "folder.lock").mkdir()

    another = Instance(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["folder.lock", f"{another.id}.lock", f"{instance.id}.lock"]
    )
    another.end()


def test_end_can_be_called_twice(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    (tmp_path / f"{instance.id}.lock").unlink()
    instance.end()
    instance.end()

    assert list(tmp_path.iterdir()) == []


def test_takes_new_id_if_its_file_was_removed_before_locking(
    tmp_path: Path, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_lock = instances._try_lock
    removed: list[Path] = []

    def remove_and_lock(file: int, *, exclusive: bool) -> bool:
        if exclusive and not removed:
            removed.extend(path for path in tmp_path.iterdir() if instance.id not in path.name)
            removed[0].unlink()
        return try_lock(file, exclusive=exclusive)

    monkeypatch.setattr(instances, "_try_lock", remove_and_lock)
    another = Instance(tmp_path)

    assert another.id not in removed[0].name
    assert instance.is_alive(another.id)
    another.end()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has file locks")
def test_without_file_locks_other_instances_count_as_dead(
    tmp_path: Path, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: int, operation: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr("tui.store.instances.fcntl.flock", fail)
    another = Instance(tmp_path)

    assert not instance.is_alive(another.id)
    another.end()
