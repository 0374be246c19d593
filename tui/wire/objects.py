"""A text that should be one JSON object → that object."""

from __future__ import annotations

import json
from typing import Any, Final

from tui.errors import ProtocolBroken

JSONObject = dict[str, Any]
"""A parsed object, before anybody has looked into it: nothing about its values is known."""

_SHOWN_OF_BAD_JSON: Final = 120


def parse_object(text: str) -> JSONObject:
    """The JSON object that the text is.

    Raises:
        ProtocolBroken: When it is something else, with its beginning in the message.
    """
    value = _parse(text)
    if not isinstance(value, dict):
        raise ProtocolBroken(f"The server sent JSON that is no object: {_excerpt(text)}.", hint=_HINT)
    return value


def parse_rows(text: str) -> list[JSONObject]:
    """The JSON objects in the list that the text is.

    Raises:
        ProtocolBroken: When it is something else, with its beginning in the message.
    """
    value = _parse(text)
    if not isinstance(value, list):
        raise ProtocolBroken(f"The server sent JSON that is no list: {_excerpt(text)}.", hint=_HINT)
    return [row for row in value if isinstance(row, dict)]


_HINT: Final = "Check that base_url is the address of a model server, and that nothing in between rewrites its answers."


_decoder: Final = json.JSONDecoder()


def _parse(text: str) -> object:
    try:
        # What nearly every text is: one value from its first character to its last.
        if text[:1] in ("{", "["):
            value, end = _decoder.raw_decode(text)
            if end == len(text):
                return value
        return json.loads(text)
    # Nested too deep, or a number of thousands of digits: hostile rather than broken, and no JSON of ours either way.
    except (ValueError, RecursionError) as cause:
        if text.lstrip().startswith("<"):
            raise ProtocolBroken(
                "A web page came where the server's JSON should be.",
                hint="A proxy in between may have lost the server.",
            ) from cause
        raise ProtocolBroken(f"The server sent what is no JSON: {_excerpt(text)}.", hint=_HINT) from cause


def _excerpt(text: str) -> str:
    """The beginning of a text, quoted and free of control characters."""
    return repr(text if len(text) <= _SHOWN_OF_BAD_JSON else text[:_SHOWN_OF_BAD_JSON] + "…")
