"""Functions for nested tables as `tomllib` returns them. Pure: no argument is modified."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tui.config.toml_text import KeyPath

Table = dict[str, Any]


def leaves(table: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is not a table, with its key."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def value_at(table: Mapping[str, Any], path: KeyPath) -> Any:
    """The value of a key. None if the key does not exist."""
    value: Any = table
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> Table:
    """Both tables merged. For a key in both, two tables are merged, else the upper value is used."""
    merged = dict(lower)
    for name, value in upper.items():
        if isinstance(value, Mapping):
            inner = merged.get(name)
            merged[name] = merge(inner if isinstance(inner, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged


def with_value(table: Mapping[str, Any], path: KeyPath, value: Any) -> Table:
    """The table with one value set."""
    inside = table.get(path[0])
    rest = with_value(inside if isinstance(inside, Mapping) else {}, path[1:], value) if path[1:] else value
    return {**table, path[0]: rest}


def with_name(table: Mapping[str, Any], path: KeyPath, name: str) -> Table:
    """The table with another name for one key, at the same place."""
    inner = path[1:]
    return {
        (name if key == path[0] and not inner else key): with_name(value, inner, name)
        if key == path[0] and inner and isinstance(value, Mapping)
        else value
        for key, value in table.items()
    }


def without(table: Mapping[str, Any], paths: Collection[KeyPath], path: KeyPath = ()) -> Table:
    """The table without some keys."""
    return {
        name: without(value, paths, (*path, name)) if isinstance(value, Mapping) else value
        for name, value in table.items()
        if (*path, name) not in paths
    }


def drop_empty(table: Mapping[str, Any]) -> Table:
    """The table without empty tables inside it."""
    pruned = {name: drop_empty(value) if isinstance(value, Mapping) else value for name, value in table.items()}
    return {name: value for name, value in pruned.items() if value != {}}


def same_value(one: Any, other: Any) -> bool:
    """Whether two values mean the same in the config: true is not 1, but 60 is 60.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    if {type(one), type(other)} == {int, float}:
        return bool(one == other)
    # Compared as text, because "not a number" is not equal to itself.
    return type(one) is type(other) and repr(one) == repr(other)


def is_deeper(table: Table, levels: int) -> bool:
    """Whether tables and arrays are nested deeper than a number of levels."""
    level: list[Any] = [table]
    for _ in range(levels):
        inside = (item for outer in level for item in (outer.values() if isinstance(outer, dict) else outer))
        level = [item for item in inside if isinstance(item, dict | list)]
    return bool(level)
