"""Dataclasses as tables: a field with a rule in its metadata, or in `LIMIT_RULES`, is a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, TypeVar

from tui.config.limit_rules import LIMIT_RULES
from tui.config.rules import Rule

_T = TypeVar("_T")


def rules_of(section: type) -> dict[str, Rule]:
    """The rules of a section's keys by name, in the order of the file."""
    metadata = LIMIT_RULES.get(section) or {key.name: key.metadata for key in fields(section) if key.metadata}
    return {name: rule["rule"] for name, rule in metadata.items()}


def defaults_of(section: type) -> dict[str, Any]:
    """The defaults of a section's values by name. Without required keys and tables."""
    keys = rules_of(section)
    return {key.name: key.default for key in fields(section) if key.name in keys and key.default is not MISSING}


def build_section(section: type[_T], table: Mapping[str, Any], **more: object) -> _T:
    """Build a section from a table of valid values. A missing key gets its default.

    Args:
        section: The dataclass of the section.
        table: The table of the file. Unknown keys are ignored.
        more: Fields that are not keys.
    """
    keys = {name: rule.convert(table[name]) for name, rule in rules_of(section).items() if name in table}
    return section(**keys, **more)


def subsection(of: type, about: str) -> Mapping[str, Rule]:
    """The metadata of a field that is a section."""
    rules = rules_of(of)
    name, default = next(iter(defaults_of(of).items()))
    rule = Rule(
        about=about,
        allowed=f"a table of {', '.join(rules)}",
        types=(dict,),
        convert=partial(build_section, of),
        example={name: default},
        fields=rules,
    )
    return {"rule": rule}
