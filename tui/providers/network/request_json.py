"""JSON of a request as bytes, without a copy of the large texts in it as text."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from typing import Any, Final

from tui.freed_memory import LARGE
from tui.wire.surrogates import joined

_PART: Final = 2**18
"""Characters of a large text that are encoded at once."""


def encode_json(body: Mapping[str, Any]) -> bytes:
    """An object as JSON in UTF-8. Unpaired surrogates, as in piped input, become U+FFFD."""
    large: dict[str, str] = {}
    text = json.dumps(_with_names(body, large) if _is_large(body) else body, ensure_ascii=False)
    if not large:
        return _encoded(text)
    result = io.BytesIO()
    for name, content in large.items():
        before, _, text = text.partition(name)
        result.write(_encoded(before))
        start = 0
        while start < len(content):
            # A pair of surrogates stays together.
            stop = start + _PART + ("\ud800" <= content[start + _PART - 1 : start + _PART] <= "\udbff")
            result.write(_encoded(json.dumps(content[start:stop], ensure_ascii=False)[1:-1]))
            start = stop
    result.write(_encoded(text))
    return result.getvalue()


def _is_large(body: Mapping[str, Any]) -> bool:
    """Whether the text of a message is large. Other texts, such as images, are copied."""
    messages = body.get("messages", ())
    return any(isinstance(text := each.get("content"), str) and len(text) > LARGE for each in messages)


def _with_names(value: Any, large: dict[str, str]) -> Any:
    """A value with a name in place of each large text, which is noted in the order of the JSON."""
    if isinstance(value, str) and len(value) > LARGE:
        name = os.urandom(16).hex()
        large[name] = value
        return name
    if isinstance(value, Mapping):
        return {key: _with_names(each, large) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_names(each, large) for each in value]
    return value


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return joined(text).encode()
