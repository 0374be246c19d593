"""Every pair of a text and its ground can be read, in our themes and in Textual's."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.ui.theme.contrast import contrast, pairs, with_contrast
from tui.ui.theme.palette import DAYLIGHT, LAMPLIGHT, Palette
from tui.ui.theme.themes import palette_of

_RGB_THEMES = [theme for theme in BUILTIN_THEMES.values() if not theme.ansi]


def _unreadable(palette: Palette) -> list[str]:
    colours = {role: Color.parse(value) for role, value in palette.variables.items()}
    ratios = ((contrast(colours[text], colours[ground]), least, text, ground) for text, ground, least in pairs())
    return [f"{text} on {ground}: {ratio:.2f}" for ratio, least, text, ground in ratios if ratio < least]


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
