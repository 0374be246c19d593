"""Parses JSON objects and lists of them."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from tui.errors import ProtocolBroken
from tui.lazy_pattern import lazy_pattern

JSONObject = dict[str, Any]
"""A parsed object. Its values have not been validated."""

_MAX_EXCERPT_CHARS: Final = 120


def parse_object(text: str) -> JSONObject:
    """Parse a JSON object.

    Raises:
        ProtocolBroken: If the text is anything else. The message quotes its beginning.
    """
    value = _parse(text)
    if not isinstance(value, dict):
        raise ProtocolBroken(f"The server sent JSON that is not an object: {_excerpt(text)}.", hint=_HINT)
    return value


def parse_object_or_list(text: str) -> JSONObject | list[Any]:
    """Parse a JSON object or a JSON list.

    Raises:
        ProtocolBroken: If the text is anything else. The message quotes its beginning.
    """
    value = _parse(text)
    if not isinstance(value, dict | list):
        raise ProtocolBroken(
            f"The server sent JSON that is neither an object nor a list: {_excerpt(text)}.", hint=_HINT
        )
    return value


def parse_rows(text: str) -> list[JSONObject]:
    """Parse a JSON list and return the objects in it; other elements are skipped.

    Raises:
        ProtocolBroken: If the text is not a list. The message quotes its beginning.
    """
    value = _parse(text)
    if not isinstance(value, list):
        raise ProtocolBroken(f"The server sent JSON that is not a list: {_excerpt(text)}.", hint=_HINT)
    return [row for row in value if isinstance(row, dict)]


def parse_objects(text: str) -> list[JSONObject]:
    """Parse a JSON object, or a JSON list of objects.

    Raises:
        ProtocolBroken: If the text is anything else. The message quotes its beginning.
    """
    value = _parse(text)
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    raise ProtocolBroken(f"The server sent JSON that is not an object: {_excerpt(text)}.", hint=_HINT)


def is_complete_json(text: str) -> bool:
    """Whether a text is a complete JSON object or list, with nothing after it."""
    try:
        return isinstance(_parse(text), dict | list)
    except ProtocolBroken:
        return False


def is_keep_alive(text: str) -> bool:
    """Whether a line carries nothing: `ping` and the like, a JSON value without content, or white space."""
    return _KEEP_ALIVE.fullmatch(text.strip()) is not None


def looks_like_markup(text: str) -> bool:
    """Whether a text begins with a tag of a web page. Special tokens such as `<|eot_id|>` are not tags."""
    return _MARKUP.match(text) is not None


_MARKUP: Final = lazy_pattern(r"\s*<[a-z!?/]", re.IGNORECASE)
_KEEP_ALIVE: Final = lazy_pattern(
    r"""(?:null|true|false|\[\s*\]|\{\s*\}|-?\d{1,20}|["']?(?:ping|pong|keep[-_ ]?alive|heart[-_ ]?beat)?["']?)""",
    re.IGNORECASE,
)

_HINT: Final = "Check that base_url is the address of a model server, and that no proxy rewrites its responses."


_decoder: Final = json.JSONDecoder()


def _parse(text: str) -> object:
    try:
        # Fast path: one value without leading or trailing whitespace.
        if text[:1] in ("{", "["):
            value, end = _decoder.raw_decode(text)
            if end == len(text):
                return value
        return json.loads(text)
    # RecursionError: nested too deeply. ValueError also covers numbers of thousands of digits.
    except (ValueError, RecursionError) as cause:
        if looks_like_markup(text):
            raise ProtocolBroken(
                "The server sent a web page instead of JSON.",
                hint="A proxy may have lost the connection to the server.",
            ) from cause
        raise ProtocolBroken(f"The server sent invalid JSON: {_excerpt(text)}.", hint=_HINT) from cause


def _excerpt(text: str) -> str:
    """The beginning of the text, quoted and without control characters."""
    return repr(text if len(text) <= _MAX_EXCERPT_CHARS else text[:_MAX_EXCERPT_CHARS] + "…")
