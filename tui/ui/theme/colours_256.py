"""Colours of terminals that show 256, for themes that are made for all colours.

Rich maps each colour to one of the 256: greys to 24 steps, all others to a cube with six steps a side, whose darkest
steps are black and a bright 95. So a dark ground loses its hue or becomes black, and its contrast has to be made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final

from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color

from tui.ui.theme.contrast import contrast, pairs
from tui.ui.theme.palette import Palette

_CUBE: Final = (0, 95, 135, 175, 215, 255)
_GREYS: Final = 25
"""Steps from black to white that Rich maps greys to."""


def shown_as(colour: Color) -> Color:
    """The colour that a terminal with 256 colours shows for another one."""
    rich = RichColor.from_rgb(colour.r, colour.g, colour.b).downgrade(ColorSystem.EIGHT_BIT)
    return Color(*rich.get_truecolor())


def palette_in_256(palette: Palette) -> Palette:
    """The roles in colours that are shown as such: the nearest ones in which each pair can be read."""
    wanted = {role: Color.parse(value) for role, value in palette.variables.items()}
    needed: dict[str, list[tuple[str, float]]] = {}
    for role, ground, ratio in pairs():
        needed.setdefault(role, []).append((ground, ratio))
    # Grounds first: what is drawn on them depends on them.
    order = sorted(wanted, key=lambda role: (role in needed, role == "onspark"))
    found: dict[str, Color] = {}
    for role in order:
        limits = [(found[ground], ratio) for ground, ratio in needed.get(role, ())]
        found[role] = _nearest(wanted[role], limits)
    return replace(palette, **{role: found[role].hex for role in found})


def _nearest(wanted: Color, limits: list[tuple[Color, float]]) -> Color:
    """The nearest colour with a contrast on each of some grounds; the most readable one if none has it."""

    def missing(colour: Color) -> float:
        return max((ratio / contrast(colour, ground) for ground, ratio in limits), default=0.0)

    readable = [colour for colour in _colours() if missing(colour) <= 1]
    return min(readable, key=_distance_from(wanted)) if readable else min(_colours(), key=missing)


def _distance_from(wanted: Color) -> Callable[[Color], int]:
    red, green, blue = wanted.rgb
    return lambda colour: (colour.r - red) ** 2 + (colour.g - green) ** 2 + (colour.b - blue) ** 2


@cache
def _colours() -> tuple[Color, ...]:
    """The colours that are shown as they are. The brightest greys are not: Rich maps them to darker ones."""
    greys = [Color(level, level, level) for level in (round(255 * step / _GREYS) for step in range(_GREYS + 1))]
    cube = [Color(red, green, blue) for red in _CUBE for green in _CUBE for blue in _CUBE]
    return tuple(dict.fromkeys(shown for colour in (*greys, *cube) if shown_as(shown := shown_as(colour)) == shown))
