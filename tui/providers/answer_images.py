"""Gathers the images of one answer, in the forms in which servers send them. No I/O.

Servers of image models send them as data URLs inside the text (Lemonade), or in a field of the message: `images` as
objects with a data URL (OpenRouter, LiteLLM) or in base64 (Ollama), or as parts of the content.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tui.chat.image import Image
from tui.chat.image_type import media_type_of

MAX_BYTES: Final = 32 * 2**20
"""Bytes of all images of an answer. Those beyond it are left out."""

_MIN_BYTES: Final = 20
"""The smallest image, in bytes. Anything shorter is a truncated file, which cannot be shown."""

MAX_BASE64: Final = MAX_BYTES // 3 * 4 + 4
"""Characters of the largest image in base64."""

_FIELDS: Final = frozenset({"images", "image"})
_ADDRESS_FIELDS: Final = ("image_url", "url", "b64_json", "data")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_MAX_DEPTH: Final = 5


class AnswerImages:
    """The images of one answer. One that is sent twice counts once, as in a last message with the whole answer."""

    def __init__(self) -> None:
        self._new: list[Image] = []
        self._known: set[bytes] = set()
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether there has been no image."""
        return not self._known

    def take(self) -> tuple[Image, ...]:
        """The images since the last call."""
        images, self._new = tuple(self._new), []
        return images

    def add_from(self, message: Mapping[str, Any]) -> bool:
        """Add the images of a message or a delta. Returns whether there was a new one."""
        content = message.get("content")
        # Fast path: almost every message has only text.
        if not isinstance(content, list) and _FIELDS.isdisjoint(message):
            return False
        values = [message[field] for field in sorted(_FIELDS & message.keys())]
        parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
        # All of them, and not only up to the first new one.
        added = [self.add_base64(text) for text in _base64_texts([*values, *parts], _MAX_DEPTH)]
        return any(added)

    def add_base64(self, text: str) -> bool:
        """Add an image in base64. Returns whether it is one that models and llm-tui know, and is new."""
        if len(text) > MAX_BASE64:
            return False
        try:
            data = base64.b64decode(text.translate(_URL_SAFE) + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            return False
        media_type = media_type_of(data) if len(data) >= _MIN_BYTES else None
        if media_type is None or data in self._known or self._size + len(data) > MAX_BYTES:
            return False
        self._known.add(data)
        self._size += len(data)
        self._new.append(Image(media_type, data))
        return True


def _base64_texts(value: object, depth: int) -> Iterator[str]:
    """The texts in base64 in a value: a string, a data URL, an object with either, or a list of these."""
    if isinstance(value, str):
        scheme, marker, data = value.partition(";base64,")
        if marker and scheme.startswith("data:"):
            yield data
        elif "://" not in value:
            yield value
    elif depth and isinstance(value, list):
        for each in value:
            yield from _base64_texts(each, depth - 1)
    elif depth and isinstance(value, dict):
        for field in _ADDRESS_FIELDS:
            yield from _base64_texts(value.get(field), depth - 1)
