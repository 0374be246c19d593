"""The ground of the terminal, dark or light, as the terminal or its environment tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from textual.color import Color

from tui.ui.theme.contrast import luminance

_LIGHT_COLOURS: Final = frozenset({"7", "15"})
"""The numbers in `COLORFGBG` that are a light ground: white and bright white."""

_COLOUR: Final = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")


def has_dark_ground(environment: Mapping[str, str]) -> bool:
    """Whether the terminal's ground is dark, as far as its environment tells. Dark where it does not."""
    return environment.get("COLORFGBG", "").rpartition(";")[2] not in _LIGHT_COLOURS


def is_dark_response(response: str) -> bool | None:
    """Whether the ground in a terminal's response is dark. None where the response has no colour.

    Args:
        response: The text of a response to OSC 11: `rgb:ffff/ffff/ffff`, with one to four digits for a part.

    Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html, "Change VT100 text background color".
    """
    found = _COLOUR.search(response)
    if found is None:
        return None
    red, green, blue = (round(255 * int(part, 16) / (16 ** len(part) - 1)) for part in found.groups())
    return luminance(Color(red, green, blue)) < _MIDDLE


_MIDDLE: Final = 0.18
"""The luminance of a grey on which black and white have the same contrast."""
