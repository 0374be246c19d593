"""Reads lists of models in the documented and in other known shapes. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.providers.json_values import text_in

_LIST_KEYS: Final = ("data", "models", "result", "items", "model_list")
_MAX_DEPTH: Final = 3
"""Objects around a list."""

_NAME_KEYS: Final = ("id", "name", "model", "key")


def model_rows(listed: object) -> list[Mapping[str, Any]] | None:
    """The rows of a list of models, each with its name under `id`. None if the value is not a list of models.

    Rows without a name are left out, and of several rows with the same name all but the first. A list in which no row
    has a name is not a list of models.

    Args:
        listed: Parsed JSON: `{"data": [...]}`, `{"models": [...]}` and others, also inside one another, or the bare
            list. Its elements are objects with a name, or names. Instead of a list, an object can hold the models by
            name. Servers written in Go send `null` for an empty list.
    """
    values = listed if isinstance(listed, list) else _values_in(listed, 1)
    if values is None:
        return None
    rows: dict[str, Mapping[str, Any]] = {}
    for value in values:
        row = {"id": value} if isinstance(value, str) else value
        if isinstance(row, Mapping) and (name := model_name(row)):
            rows.setdefault(name, {**row, "id": name})
    return list(rows.values()) if rows or not values else None


def model_name(row: Mapping[str, Any]) -> str:
    """The name of the model in a row. Empty if it has none."""
    return next((name for key in _NAME_KEYS if (name := text_in(row, key)) and not name.isspace()), "")


def _values_in(listed: object, depth: int) -> list[Any] | None:
    """The elements of the list in an object. None if there is no list."""
    if not isinstance(listed, Mapping) or depth > _MAX_DEPTH:
        return None
    lists: list[list[Any]] = []
    for key in _LIST_KEYS:
        value = listed.get(key)
        if isinstance(value, list):
            lists.append(value)
        elif value is None and key in listed:
            lists.append([])
        else:
            found = (_values_in(value, depth + 1), _named_values(value))
            lists += (values for values in found if values is not None)
    return next(filter(None, lists), []) if lists else None


def _named_values(value: object) -> list[Any] | None:
    """The rows of an object with models by name. None if it is another object, such as an error."""
    if not isinstance(value, Mapping) or not value or any(key in value for key in ("error", *_LIST_KEYS)):
        return None
    if not all(isinstance(row, Mapping) for row in value.values()):
        return None
    return [{**row, "id": model_name(row) or name} for name, row in value.items()]
