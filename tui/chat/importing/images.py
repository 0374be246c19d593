"""Images in exports of other programs."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from typing import Final

from tui.chat.image import Image
from tui.chat.image_type import media_type_of

_DATA_URL: Final = re.compile(r"data:image/[a-z+.-]+;base64,")


def image_from_url(url: str, name: str, left_out: Counter[str]) -> Image | None:
    """The image in a data URL. None if there is none that models accept, which is counted.

    Args:
        url: Any address. Only data URLs contain the image.
        name: The name of the file. May be empty.
        left_out: Counts what cannot be imported.
    """
    found = _DATA_URL.match(url)
    if found is None:
        left_out["file that is not in the export"] += 1
        return None
    return image_from_base64(url[found.end() :], name, left_out)


def image_from_base64(text: str, name: str, left_out: Counter[str]) -> Image | None:
    """The image in base64 text. None if it is not one that models accept, which is counted. See `image_from_url`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    media_type = media_type_of(data)
    if media_type is None:
        left_out["image of an unsupported type"] += 1
        return None
    return Image(media_type, data, name)
