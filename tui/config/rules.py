"""What a key may hold, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from tui.config.toml_text import KeyPath, dotted, printable, toml_value

_LONGEST_SHOWN = 60


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one key may hold. Read by everything that needs to know a key: loading, the commented file, the screen."""

    about: str
    """One sentence, for the commented file and the settings screen."""

    allowed: str
    """The values in words, to follow "it must be"."""

    types: tuple[type, ...]
    """The types that TOML may give. A bool is no int here."""

    least: float | None = None
    """The smallest number. None where no range applies; then `most` is None too."""

    most: float | None = None
    """The greatest number."""

    unit: str = ""
    """What a number counts: `seconds`. Empty where it counts nothing."""

    choices: tuple[str, ...] = ()
    """The only texts that are allowed. Empty where any are."""

    accepts: Callable[[Any], bool] | None = None
    """What type, range and choices cannot say. None when they say it all."""

    stored: Callable[[Any], Any] = _as_it_is
    """From the value in the file to the one in the settings."""

    example: object = None
    """What the commented file shows where there is no default. None: the default is shown."""

    shown: Callable[[Any], object] = _as_it_is
    """From any value to what may be shown of it, where it may hold a secret."""

    fields: Mapping[str, Rule] | None = None
    """For a table with known keys: their rules."""

    items: Rule | None = None
    """For a table with free names: the rule of each of its values."""

    names: Rule | None = None
    """For a table with free names: the rule of the names."""

    def takes(self, value: Any) -> bool:
        """Whether the value is allowed. For a table, what is inside it is not looked at."""
        if type(value) not in self.types:
            return False
        if self.least is not None and self.most is not None and type(value) in (int, float):
            return bool(self.least <= value <= self.most)
        if self.choices:
            return value in self.choices
        return self.accepts is None or bool(self.accepts(value))

    def inside(self, name: str) -> Rule | None:
        """The rule of what a table has by that name. None when it is no table, or knows no such key."""
        return self.items if self.fields is None else self.fields.get(name)


class Misfit(NamedTuple):
    """A key whose value is not allowed."""

    path: KeyPath
    complaint: str
    """One sentence: the key, what was found, what is allowed."""

    is_missing: bool = False
    """Whether there is no value at all."""


class UnknownKey(NamedTuple):
    """A key that nobody reads."""

    path: KeyPath
    known: tuple[str, ...]
    """The names that its table does know."""


def findings(rule: Rule, value: Any, path: KeyPath = ()) -> Iterator[Misfit | UnknownKey]:
    """Everything that is wrong with a value, and with what is inside it."""
    if not rule.takes(value):
        key = printable(dotted(path))
        yield Misfit(path, f"{key} is {described(rule.shown(value))}; it must be {rule.allowed}.")
    elif rule.fields is not None or rule.items is not None:
        for name, item in value.items():
            inside = rule.inside(name)
            if inside is None:
                yield UnknownKey((*path, name), tuple(rule.fields or ()))
            elif rule.names is not None and not rule.names.takes(name):
                where = printable(dotted(path))
                yield Misfit((*path, name), f"{where} has the name {described(name)}; it must be {rule.names.allowed}.")
            else:
                yield from findings(inside, item, (*path, name))


def described(value: object) -> str:
    """A value as a complaint shows it: on one line, not too long, without control characters."""
    # What is inside a table may be secret, even when the table should not be there.
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return "an array of arrays or tables"
    try:
        text = printable(toml_value(value))
    except TypeError:
        # A date or a time, which no key of ours takes.
        text = printable(str(value))
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def is_json(value: Any) -> bool:
    """Whether JSON can hold the value: TOML's dates, infinities and "not a number" it cannot."""
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, dict):
        return all(map(is_json, value.values()))
    return isinstance(value, str | int) or (isinstance(value, float) and isfinite(value))
