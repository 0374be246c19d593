"""Instance: who is alive."""

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
    """An instance that is alive."""
    alive = Instance(tmp_path)
    yield alive
    alive.end()


def test_an_instance_lives_until_it_ends(tmp_path: Path, instance: Instance) -> None:
    other = Instance(tmp_path)
    assert instance.is_alive(other.id)
    assert instance.is_alive(instance.id)

    other.end()

    assert not instance.is_alive(other.id)


def test_an_instance_in_memory_knows_of_no_other(instance: Instance) -> None:
    alone = Instance(None)

    assert alone.is_alive(alone.id)
    assert not alone.is_alive(instance.id)
    alone.end()


def test_a_lock_that_nobody_holds_is_of_a_dead_instance(tmp_path: Path, instance: Instance) -> None:
    (tmp_path / "abc.lock").touch()

    assert not instance.is_alive("abc")


@pytest.mark.parametrize("name", ["", "../outside", "a/b", "never was"])
def test_an_odd_id_is_of_nobody(tmp_path: Path, instance: Instance, name: str) -> None:
    (tmp_path.parent / "outside.lock").touch()

    assert not instance.is_alive(name)


def test_two_that_look_at_a_dead_instance_do_not_take_each_other_for_it(tmp_path: Path, instance: Instance) -> None:
    path = tmp_path / "abc.lock"
    with path.open("w") as looking:
        assert instances._take(looking.fileno(), alone=False)
        assert not instance.is_alive("abc")


def test_what_killed_instances_left_behind_is_put_away(tmp_path: Path, instance: Instance) -> None:
    (tmp_path / "killed.lock").touch()
    (tmp_path / "folder.lock").mkdir()

    another = Instance(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["folder.lock", f"{another.id}.lock", f"{instance.id}.lock"]
    )
    another.end()


def test_an_instance_ends_once(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    (tmp_path / f"{instance.id}.lock").unlink()
    instance.end()
    instance.end()

    assert list(tmp_path.iterdir()) == []


def test_an_instance_that_was_cleared_away_before_it_had_its_lock_takes_another(
    tmp_path: Path, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = instances._take
    cleared: list[Path] = []

    def clear_and_take(lock: int, *, alone: bool) -> bool:
        if alone and not cleared:
            cleared.extend(path for path in tmp_path.iterdir() if instance.id not in path.name)
            cleared[0].unlink()
        return take(lock, alone=alone)

    monkeypatch.setattr(instances, "_take", clear_and_take)
    another = Instance(tmp_path)

    assert another.id not in cleared[0].name
    assert instance.is_alive(another.id)
    another.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there are always locks")
def test_where_there_are_no_locks_others_count_as_dead(
    tmp_path: Path, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(lock: int, how: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr("tui.store.instances.fcntl.flock", refuse)
    another = Instance(tmp_path)

    assert not instance.is_alive(another.id)
    another.end()
