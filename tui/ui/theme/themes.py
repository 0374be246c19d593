"""Themes for Textual: ours, and the roles of every other one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final, Literal

from textual.color import Color
from textual.theme import Theme

from tui.ui.theme.contrast import pairs, with_contrast
from tui.ui.theme.palette import (
    DAYLIGHT,
    DAYLIGHT_16,
    DAYLIGHT_256,
    LAMPLIGHT,
    LAMPLIGHT_16,
    LAMPLIGHT_256,
    Palette,
)

AUTO: Final = "auto"
"""The value of `theme` that follows the terminal's ground."""

DARK: Final = "lamplight"
LIGHT: Final = "daylight"

Colours = Literal[16, 256, "all"]
"""How many colours a terminal shows."""

_PALETTES: Final = {
    DARK: LAMPLIGHT,
    LIGHT: DAYLIGHT,
    f"{DARK}-256": LAMPLIGHT_256,
    f"{LIGHT}-256": DAYLIGHT_256,
    f"{DARK}-16": LAMPLIGHT_16,
    f"{LIGHT}-16": DAYLIGHT_16,
}


def our_themes() -> tuple[Theme, ...]:
    """Our themes, for `App.register_theme`."""
    return tuple(_theme(name, palette) for name, palette in _PALETTES.items())


def selectable_themes(available: Iterable[str]) -> list[str]:
    """The themes to choose from: ours first, without their forms for fewer colours, which are used where needed."""
    others = sorted(name for name in available if name not in _PALETTES)
    return [DARK, LIGHT, *others]


def theme_for(*, is_dark: bool, colours: Colours) -> str:
    """The name of our theme for a terminal.

    Args:
        is_dark: Whether the terminal's ground is dark.
        colours: How many colours it shows.
    """
    name = DARK if is_dark else LIGHT
    return name if colours == "all" else f"{name}-{colours}"


def palette_of(theme: Theme, variables: dict[str, str], colours: Colours = "all") -> Palette:
    """The roles in a theme.

    Args:
        theme: The theme.
        variables: What Textual generates for it, such as `text-muted`.
        colours: How many colours the terminal shows.
    """
    if theme.name in _PALETTES:
        return _PALETTES[theme.name]
    palette = _derived(theme.ansi, theme.dark, tuple(variables.items()))
    return _in_256(palette) if colours == 256 and not theme.ansi else palette


def _theme(name: str, palette: Palette) -> Theme:
    """A theme of Textual, for the widgets that know nothing of the roles."""
    is_ansi = palette.ground.startswith("ansi")
    return Theme(
        name,
        primary=palette.accent,
        secondary=palette.second,
        warning=palette.warning,
        error=palette.error,
        success=palette.success,
        accent=palette.user,
        foreground=palette.text,
        background=palette.ground,
        surface=palette.raised,
        panel=palette.panel,
        dark=name.startswith(DARK),
        ansi=is_ansi,
        variables={
            "block-cursor-background": palette.select,
            "block-cursor-foreground": palette.text,
            "block-cursor-blurred-background": palette.panel,
            "input-cursor-background": palette.spark,
            "input-cursor-foreground": palette.onspark,
            "input-cursor-text-style": "none",
            "input-selection-background": palette.mark,
            "screen-selection-background": palette.mark,
            "screen-selection-foreground": palette.text,
            "scrollbar": palette.line,
            "scrollbar-hover": palette.edge,
            "scrollbar-active": palette.edge,
            "scrollbar-background": palette.ground,
            "scrollbar-corner-color": palette.ground,
            **({"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"} if is_ansi else {}),
        },
    )


@cache
def _in_256(palette: Palette) -> Palette:
    from tui.ui.theme.colours_256 import palette_in_256

    return palette_in_256(palette)


@cache
def _derived(is_ansi: bool, is_dark: bool, variables: tuple[tuple[str, str], ...]) -> Palette:
    """The roles from another theme's colours: its own, lightened or darkened until each pair can be read."""
    palette = LAMPLIGHT if is_dark else DAYLIGHT
    if is_ansi:
        return LAMPLIGHT_16 if is_dark else DAYLIGHT_16
    given = dict(variables)

    def colour(variable: str, default: str) -> Color:
        found = Color.parse(given.get(variable, default))
        return found if found.a == 1 and found.ansi is None else Color.parse(default)

    ground = colour("background", palette.ground)
    text = colour("foreground", palette.text)
    accent, user = colour("primary", palette.accent), colour("warning", palette.user)
    roles = {
        "ground": ground,
        "panel": colour("surface", palette.panel),
        "raised": colour("panel", palette.raised),
        "well": ground.blend(Color.parse("#000000" if is_dark else "#ffffff"), 0.25),
        "you": ground.blend(user, 0.08),
        "select": ground.blend(user, 0.22),
        "mark": ground.blend(accent, 0.3),
        "hit": ground.blend(user, 0.35),
        "line": ground.blend(text, 0.2),
        "edge": ground.blend(text, 0.5),
        "text": text,
        "second": text.blend(ground, 0.2),
        "dim": text.blend(ground, 0.4),
        "accent": accent,
        "user": user,
        "spark": user,
        "onspark": ground,
        "success": colour("success", palette.success),
        "warning": colour("warning", palette.warning),
        "error": colour("error", palette.error),
        "keyword": colour("secondary", palette.keyword),
        "string": colour("success", palette.string),
        "number": colour("warning", palette.number),
        "function": accent,
        "type": colour("accent", palette.type),
        "comment": text.blend(ground, 0.4),
    }
    needed: dict[str, dict[float, list[Color]]] = {}
    for role, on, ratio in pairs():
        needed.setdefault(role, {}).setdefault(ratio, []).append(roles[on])
    for role, grounds in needed.items():
        if role == "onspark":
            continue
        for ratio, colours in grounds.items():
            roles[role] = with_contrast(roles[role], tuple(colours), ratio)
    roles["onspark"] = with_contrast(roles["onspark"], (roles["spark"],), 4.5)
    return replace(palette, **{role: value.hex for role, value in roles.items()})
