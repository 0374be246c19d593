"""Nested tables, as `tomllib` gives them. Pure: nothing here changes what it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tui.config.toml_text import KeyPath

Table = dict[str, Any]


def leaves(table: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is no table, with its key."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def value_at(table: Mapping[str, Any], path: KeyPath) -> Any:
    """The value of a key. None when there is none."""
    value: Any = table
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> Table:
    """Both tables in one. Where both have a value, the one above holds; where both have a table, they are joined."""
    joined = dict(below)
    for name, value in above.items():
        if isinstance(value, Mapping):
            lower = joined.get(name)
            joined[name] = overlaid(lower if isinstance(lower, Mapping) else {}, value)
        else:
            joined[name] = value
    return joined


def with_value(table: Mapping[str, Any], path: KeyPath, value: Any) -> Table:
    """The table with one value set."""
    inside = table.get(path[0])
    rest = with_value(inside if isinstance(inside, Mapping) else {}, path[1:], value) if path[1:] else value
    return {**table, path[0]: rest}


def without(table: Mapping[str, Any], paths: Collection[KeyPath], path: KeyPath = ()) -> Table:
    """The table without some keys."""
    return {
        name: without(value, paths, (*path, name)) if isinstance(value, Mapping) else value
        for name, value in table.items()
        if (*path, name) not in paths
    }


def without_empty(table: Mapping[str, Any]) -> Table:
    """The table without the tables in it that hold nothing."""
    pruned = {name: without_empty(value) if isinstance(value, Mapping) else value for name, value in table.items()}
    return {name: value for name, value in pruned.items() if value != {}}


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in TOML, where true is not 1; but 60 and 60.0 set the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if {type(one), type(other)} == {int, float}:
        return bool(one == other)
    # By its text, because "not a number" is not equal to itself.
    return type(one) is type(other) and repr(one) == repr(other)


def is_deeper(table: Table, levels: int) -> bool:
    """Whether tables and arrays are nested in more levels than that."""
    level: list[Any] = [table]
    for _ in range(levels):
        inside = (item for outer in level for item in (outer.values() if isinstance(outer, dict) else outer))
        level = [item for item in inside if isinstance(item, dict | list)]
    return bool(level)
