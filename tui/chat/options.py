"""Request options in the form `temperature=0.2`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tui.chat.chunk import JSONValue
from tui.errors import UsageError
from tui.lazy_pattern import lazy_pattern
from tui.on_demand import difflib

_LEVEL: Final = lazy_pattern(r"[A-Za-z][\w.-]{0,39}")
_OFF: Final = frozenset({"off", "false", "none"})
_ON: Final = frozenset({"on", "true"})

RELOADING: Final = frozenset({"num_ctx", "shift"})
"""Options that a model is loaded with: Ollama loads it again when they change."""


class _OptionType(NamedTuple):
    allowed: str
    """The allowed values, as shown to the user."""

    accepts: Callable[[JSONValue], bool]


def _is_number(value: JSONValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(minimum: float, maximum: float = math.inf) -> _OptionType:
    allowed = f"a number from {minimum:g}" + ("" if math.isinf(maximum) else f" to {maximum:g}")
    return _OptionType(allowed, lambda value: _is_number(value) and minimum <= value <= maximum)  # type: ignore[operator]


def _integer(minimum: int) -> _OptionType:
    def accepts(value: JSONValue) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= minimum

    return _OptionType(f"a whole number from {minimum}", accepts)


def _is_thinking(value: JSONValue) -> bool:
    # Each model has levels of its own; only the server knows them.
    return isinstance(value, bool) or (isinstance(value, str) and _LEVEL.fullmatch(value) is not None)


def _is_stop(value: JSONValue) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))


KNOWN: Final[Mapping[str, _OptionType]] = {
    "temperature": _number(0),
    "top_p": _number(0, 1),
    "min_p": _number(0, 1),
    "top_k": _integer(0),
    "num_ctx": _integer(1),
    "num_predict": _integer(-2),
    "max_tokens": _integer(1),
    "max_completion_tokens": _integer(1),
    "seed": _integer(-1),
    "repeat_penalty": _number(0),
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "stop": _OptionType('a text, or a list of texts such as ["END"]', _is_stop),
    "think": _OptionType("off, on, or a level of the model, such as low, medium or high", _is_thinking),
    "truncate": _OptionType("true or false", lambda value: isinstance(value, bool)),
    "shift": _OptionType("true or false", lambda value: isinstance(value, bool)),
}
"""Options that most servers support, with their allowed values. Other options are sent unchecked."""


def parse_option(text: str) -> tuple[str, JSONValue]:
    """Parse `temperature=0.2` into key and value. A value that is not JSON is text.

    Raises:
        UsageError: If the text is not KEY=VALUE, or a known option does not allow the value.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or len(key.split()) != 1:
        raise UsageError(f"{text!r} is not KEY=VALUE.", hint="For example: temperature=0.2")
    return key, checked_option(key, _parse_value(value))


def checked_option(key: str, value: JSONValue) -> JSONValue:
    """The value of an option, checked if the option is known. A number for `stop` becomes text.

    Raises:
        UsageError: If the option is known and does not allow the value.
    """
    option = KNOWN.get(key)
    if option is None or option.accepts(value):
        return value
    if key == "stop" and not isinstance(value, bool | list | dict) and value is not None:
        return str(value)
    raise UsageError(f"{key} cannot be {json.dumps(value, ensure_ascii=False)}.", hint=f"Allowed: {option.allowed}.")


def thinking_value(value: JSONValue) -> str:
    """A value of the option `think` as a word: `off`, `on`, or a level of the model. Empty for any other value."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, str):
        return ""
    word = value.lower()
    return "off" if word in _OFF else "on" if word in _ON else value


def closest_option(key: str) -> str:
    """The known option most similar to an unknown one. Empty if `key` is known or none is similar."""
    return next(iter(difflib.get_close_matches(key, KNOWN, 1)), "") if key not in KNOWN else ""


def format_options(options: Mapping[str, JSONValue]) -> list[str]:
    """Each option as text: `temperature=0.2`."""
    return [
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in options.items()
    ]


def _parse_value(value: str) -> JSONValue:
    try:
        parsed: JSONValue = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return value if isinstance(parsed, float) and not math.isfinite(parsed) else parsed
