"""The rule of a key: which values are valid, and how to describe them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from tui.config.toml_text import KeyPath, dotted, printable, toml_value
from tui.light_dataclass import dataclass

_MAX_VALUE_LENGTH: Final = 60


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The valid values of one key. Used to load the file, to write the template and for the settings screen."""

    about: str
    """One sentence about the key, for the template and the settings screen."""

    allowed: str
    """The valid values, as the end of a sentence that starts "it must be"."""

    types: tuple[type, ...]
    """The valid types. A bool is not an int here."""

    minimum: float | None = None
    """The smallest valid number. None if there is no range; then `maximum` is None too."""

    maximum: float | None = None
    """The largest valid number."""

    unit: str = ""
    """The unit of a number, such as `seconds`. May be empty."""

    zero: str = ""
    """What 0 means, if it has a special meaning: `no limit`."""

    title: str = ""
    """The name of the key in the words of a person, for the settings screen. Empty for the key itself, in words."""

    group: str = ""
    """The group of the key in the settings screen. Empty for the name of its table."""

    effect: str = ""
    """When a change takes effect: `from the next start`. Empty for at once, in what begins then."""

    choices: tuple[str, ...] = ()
    """The valid strings. Empty if any string is valid."""

    accepts: Callable[[Any], bool] | None = None
    """A further condition, in addition to type, range and choices."""

    convert: Callable[[Any], Any] = _unchanged
    """Converts the value in the file to the value in the settings."""

    example: object = None
    """The value in the template if there is no default. None if the template shows the default."""

    mask: Callable[[Any], object] = _unchanged
    """Replaces secrets in a value before it is shown. Accepts any value, also an invalid one."""

    fields: Mapping[str, Rule] | None = None
    """For a table with fixed keys: the rules of the keys."""

    items: Rule | None = None
    """For a table with names chosen by the user: the rule of its values."""

    names: Rule | None = None
    """For a table with names chosen by the user: the rule of the names."""

    def takes(self, value: Any) -> bool:
        """Whether the value is valid. The values inside a table are not checked."""
        if type(value) not in self.types:
            return False
        if self.minimum is not None and self.maximum is not None and type(value) in (int, float):
            return bool(self.minimum <= value <= self.maximum)
        if self.choices:
            return value in self.choices
        return self.accepts is None or bool(self.accepts(value))

    def rule_of(self, name: str) -> Rule | None:
        """The rule of a name in a table. None if this is not a table, or the name is unknown."""
        return self.items if self.fields is None else self.fields.get(name)


class InvalidValue(NamedTuple):
    """A key with an invalid value, or a required key without a value."""

    path: KeyPath
    message: str
    """One sentence: the key, its value, and the valid values."""

    is_missing: bool = False
    """Whether the key has no value."""


class UnknownKey(NamedTuple):
    """A key that llm-tui does not know."""

    path: KeyPath
    known: tuple[str, ...]
    """The known names in its table."""


def validate(rule: Rule, value: Any, path: KeyPath = ()) -> Iterator[InvalidValue | UnknownKey]:
    """Find everything that is wrong with a value and the values inside it."""
    key = printable(dotted(path))
    if not rule.takes(value):
        yield InvalidValue(path, f"{key} is {format_value(rule.mask(value))}; it must be {rule.allowed}.")
    elif rule.fields is not None or rule.items is not None:
        for name, item in value.items():
            inner_rule = rule.rule_of(name)
            if inner_rule is None:
                yield UnknownKey((*path, name), tuple(rule.fields or ()))
            elif rule.names is not None and not rule.names.takes(name):
                message = f"{key} has the name {format_value(name)}; it must be {rule.names.allowed}."
                yield InvalidValue((*path, name), message)
            else:
                yield from validate(inner_rule, item, (*path, name))


def format_value(value: object) -> str:
    """A value for a message: on one line, truncated, without control characters."""
    # The values inside a table may be secret, even if the table is not valid here.
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return "an array of arrays or tables"
    try:
        text = printable(toml_value(value))
    except TypeError:
        # A date or a time, which is not valid for any key.
        text = printable(str(value))
    return text if len(text) <= _MAX_VALUE_LENGTH else text[: _MAX_VALUE_LENGTH - 1] + "…"


def is_json(value: Any) -> bool:
    """Whether JSON can represent the value. It cannot represent TOML's dates, infinities and "not a number"."""
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, dict):
        return all(map(is_json, value.values()))
    return isinstance(value, str | int) or (isinstance(value, float) and isfinite(value))
