"""Every pair of a text and its ground can be read, in our themes and in Textual's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.ui.theme.colours_256 import shown_as
from tui.ui.theme.contrast import contrast, pairs, with_contrast
from tui.ui.theme.palette import DAYLIGHT, DAYLIGHT_256, LAMPLIGHT, LAMPLIGHT_256, Palette
from tui.ui.theme.themes import Colours, palette_of, theme_for

_RGB_THEMES = [theme for theme in BUILTIN_THEMES.values() if not theme.ansi]


def _unreadable(palette: Palette) -> list[str]:
    colours = {role: Color.parse(value) for role, value in palette.variables.items()}
    ratios = ((contrast(colours[text], colours[ground]), least, text, ground) for text, ground, least in pairs())
    return [f"{text} on {ground}: {ratio:.2f}" for ratio, least, text, ground in ratios if ratio < least]


def _shown_in_256(palette: Palette) -> Palette:
    shown = {role: shown_as(Color.parse(value)).hex for role, value in palette.variables.items()}
    return replace(palette, **shown)


@pytest.mark.parametrize("palette", [LAMPLIGHT_256, DAYLIGHT_256], ids=["lamplight", "daylight"])
def test_our_themes_are_readable_in_256_colours(palette: Palette) -> None:
    shown = _shown_in_256(palette)

    assert _unreadable(shown) == []
    assert len({shown.ground, shown.raised, shown.select, shown.mark, shown.hit}) == 5
    assert shown.ground not in {shown.panel, shown.well, shown.you}


@pytest.mark.parametrize("theme", _RGB_THEMES, ids=lambda theme: theme.name)
def test_derived_roles_are_readable_in_256_colours(theme: Theme) -> None:
    palette = palette_of(theme, theme.to_color_system().generate(), 256)

    assert _shown_in_256(palette) == palette
    assert _unreadable(palette) == []


@pytest.mark.parametrize(("colours", "name"), [("all", "lamplight"), (256, "lamplight-256"), (16, "lamplight-16")])
def test_theme_fits_the_number_of_colours(colours: Colours, name: str) -> None:
    assert theme_for(is_dark=True, colours=colours) == name


@pytest.mark.parametrize("palette", [LAMPLIGHT, DAYLIGHT], ids=["lamplight", "daylight"])
def test_our_themes_are_readable(palette: Palette) -> None:
    assert _unreadable(palette) == []


@pytest.mark.parametrize("theme", _RGB_THEMES, ids=lambda theme: theme.name)
def test_derived_roles_are_readable(theme: Theme) -> None:
    assert _unreadable(palette_of(theme, theme.to_color_system().generate())) == []


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast(Color.parse("#000"), Color.parse("#fff")) == pytest.approx(21)
    assert contrast(Color.parse("#777"), Color.parse("#777")) == 1


def test_readable_colour_is_unchanged() -> None:
    colour = Color.parse("#dce3db")

    assert with_contrast(colour, (Color.parse("#111816"),), 4.5) == colour


def test_impossible_contrast_gives_the_better_extreme() -> None:
    grounds = (Color.parse("#000"), Color.parse("#fff"))

    assert with_contrast(Color.parse("#777"), grounds, 10) in {Color.parse("#000"), Color.parse("#fff")}
