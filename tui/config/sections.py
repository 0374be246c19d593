"""Dataclasses as tables of keys: a field with a rule in its metadata is a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, TypeVar

from tui.config.rules import Rule

_T = TypeVar("_T")


def rules_of(section: type) -> dict[str, Rule]:
    """The rules of a section's keys, by name, in the order in which they are written."""
    return {key.name: key.metadata["rule"] for key in fields(section) if key.metadata}


def defaults_of(section: type) -> dict[str, Any]:
    """The defaults of a section's single values, by name. What the user must give, and tables, are not there."""
    return {key.name: key.default for key in fields(section) if key.metadata and key.default is not MISSING}


def built(section: type[_T], table: Mapping[str, Any], **more: object) -> _T:
    """A section from a table of allowed values; what is not in the table has its default.

    Args:
        section: A dataclass of keys.
        table: As TOML has it. Unknown keys in it are left alone.
        more: Fields that are no keys.
    """
    keys = {name: rule.stored(table[name]) for name, rule in rules_of(section).items() if name in table}
    return section(**keys, **more)


def section(of: type, about: str) -> Mapping[str, Rule]:
    """The metadata of a field that is a section itself."""
    rules = rules_of(of)
    name, default = next(iter(defaults_of(of).items()))
    rule = Rule(
        about=about,
        allowed=f"a table of {', '.join(rules)}",
        types=(dict,),
        stored=partial(built, of),
        example={name: default},
        fields=rules,
    )
    return {"rule": rule}
