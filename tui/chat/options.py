"""Options of a request, as people write them: `temperature=0.2`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from tui.chat.chunk import JSONValue
from tui.errors import UsageError


class _Kind(NamedTuple):
    allowed: str
    fits: Callable[[JSONValue], bool]


def _is_number(value: JSONValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(least: float, most: float = math.inf) -> _Kind:
    words = f"a number from {least:g}" + ("" if math.isinf(most) else f" to {most:g}")
    return _Kind(words, lambda value: _is_number(value) and least <= value <= most)  # type: ignore[operator]


def _whole(least: int) -> _Kind:
    def fits(value: JSONValue) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= least

    return _Kind(f"a whole number from {least}", fits)


def _is_stop(value: JSONValue) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))


KNOWN: Final[Mapping[str, _Kind]] = {
    "temperature": _number(0),
    "top_p": _number(0, 1),
    "min_p": _number(0, 1),
    "top_k": _whole(0),
    "num_ctx": _whole(1),
    "num_predict": _whole(-2),
    "max_tokens": _whole(1),
    "max_completion_tokens": _whole(1),
    "seed": _whole(-1),
    "repeat_penalty": _number(0),
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "stop": _Kind('a text, or a list of texts such as ["END"]', _is_stop),
    "think": _Kind("true, false, low, medium or high", lambda v: v in (True, False, "low", "medium", "high")),
    "truncate": _Kind("true or false", lambda value: isinstance(value, bool)),
    "shift": _Kind("true or false", lambda value: isinstance(value, bool)),
}
"""The options that most servers know, and what each may be. Whatever else a server knows may be set too, unchecked."""


def parse_option(text: str) -> tuple[str, JSONValue]:
    """`temperature=0.2` → the option. A value that is no JSON is text.

    Raises:
        UsageError: When it is no KEY=VALUE, or one that is known cannot have that value.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or len(key.split()) != 1:
        raise UsageError(f"{text!r} is no KEY=VALUE.", hint="Write it like temperature=0.2.")
    return key, checked_option(key, _read(value))


def checked_option(key: str, value: JSONValue) -> JSONValue:
    """The value of an option. A whole number that is written as a text stays a text where nobody knows better.

    Raises:
        UsageError: When the option is known and cannot have that value.
    """
    kind = KNOWN.get(key)
    if kind is None or kind.fits(value):
        return value
    if key == "stop" and not isinstance(value, bool | list | dict) and value is not None:
        return str(value)
    raise UsageError(f"{key} cannot be {json.dumps(value, ensure_ascii=False)}.", hint=f"It is {kind.allowed}.")


def near_option(key: str) -> str:
    """The option that somebody may have meant who wrote one that is not known. Empty where none is near."""
    return next(iter(get_close_matches(key, KNOWN, 1)), "") if key not in KNOWN else ""


def format_options(options: Mapping[str, JSONValue]) -> list[str]:
    """Options as a line shows them: `temperature=0.2`, each a piece."""
    return [
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in options.items()
    ]


def _read(value: str) -> JSONValue:
    try:
        parsed: JSONValue = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return value if isinstance(parsed, float) and not math.isfinite(parsed) else parsed
