"""Reads lists of models in the documented and in other known shapes. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.providers.json_values import text_in

_LIST_KEYS: Final = ("data", "models")
_NAME_KEYS: Final = ("id", "name", "model", "key")


def model_rows(listed: object) -> list[Mapping[str, Any]] | None:
    """The rows of a list of models, each with its name under `id`. None if the value is not a list of models.

    Rows without a name are left out, and of several rows with the same name all but the first. A list in which no row
    has a name is not a list of models.

    Args:
        listed: Parsed JSON: `{"data": [...]}`, `{"models": [...]}` or the bare list. Its elements are objects with a
            name, or names. Servers written in Go send `null` for an empty list.
    """
    if isinstance(listed, list):
        values = listed
    elif isinstance(listed, Mapping):
        lists = [listed[key] for key in _LIST_KEYS if key in listed and isinstance(listed[key], list | None)]
        if not lists:
            return None
        values = next(filter(None, lists), [])
    else:
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
