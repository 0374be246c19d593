"""Painting lines as Textual strips."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.strip import Strip

from tui.ui.log.paint import Painter
from tui.ui.markdown.lines import BLANK, Line, Look, Run
from tui.ui.markdown.render import render

COLOURS = {"block": "on #111111", "code": "red", "mark": "green", "bullet": "blue"}


class Theme:
    """Styles by name. Records the requested names."""

    def __init__(self) -> None:
        self.requested: list[tuple[str, ...]] = []

    def style_of(self, *names: str) -> Style:
        self.requested.append(names)
        return Style.combine(Style.parse(COLOURS.get(name, "none")) for name in names) if names else Style()


def painted(line: Line, width: int = 12, *, marked: bool = False) -> Strip:
    return Painter(Theme().style_of).strip(line, width, marked=marked)


def backgrounds(strip: Strip) -> str:
    """One character per cell: `b` with a background, `.` without."""
    return "".join(("b" if style and style.bgcolor else ".") * len(text) for text, style, _ in strip)


def test_strip_has_margins_and_fills_the_width() -> None:
    assert painted(Line((Run("text"),))).text == "  text      "
    assert painted(BLANK).text == " " * 12


def test_selected_message_has_mark_at_left_edge() -> None:
    strip = painted(Line((Run("text"),)), marked=True)

    assert strip.text == "▎ text      "
    assert next(iter(strip)).style == Style.parse("green")


@pytest.mark.parametrize("text", ["x" * 30, "日本語日本語日本語"])
def test_strip_has_exact_width(text: str) -> None:
    assert painted(Line((Run(text),))).cell_length == 12


def test_block_background_ends_before_last_cell() -> None:
    assert backgrounds(painted(render("```\nx\n```", 10)[0])) == "..bbbbbbbbb."


def test_prefix_has_no_block_background() -> None:
    assert backgrounds(painted(render("- ```\n  x\n  ```", 20)[0], 14))[:6] == "...." + "bb"
    assert backgrounds(painted(render("> ```\n> x\n> ```", 20)[0], 14))[:6] == "...." + "bb"
    assert backgrounds(painted(render("- ```\n  x\n  y\n  ```", 20)[1], 14))[:6] == "...." + "bb"


def test_text_attributes_combine_with_colour() -> None:
    style = Painter(Theme().style_of).style(Look("code", bold=True, italic=True, strike=True))

    assert style == Style.parse("red bold italic strike")
    assert Painter(Theme().style_of).style(Look("code"), "block") == Style.parse("red on #111111")


def test_same_line_returns_cached_strip() -> None:
    painter = Painter(Theme().style_of)
    line = Line((Run("text"),))

    assert painter.strip(line, 12) is painter.strip(line, 12)
    assert painter.strip(line, 12) is not painter.strip(line, 13)
    assert painter.strip(line, 12) is not painter.strip(line, 12, marked=True)
    assert painter.strip(line, 12) is not painter.strip(Line((Run("text"),)), 12)


def test_strip_cache_evicts_least_recently_used() -> None:
    painter = Painter(Theme().style_of)
    first, second = Line((Run("first"),)), Line((Run("second"),))
    kept, dropped = painter.strip(first, 12), painter.strip(second, 12)
    for at in range(599):
        painter.strip(Line((Run(str(at)),)), 12)
        painter.strip(first, 12)

    assert painter.strip(first, 12) is kept
    assert painter.strip(second, 12) is not dropped


def test_styles_are_cached_until_theme_changes() -> None:
    theme = Theme()
    painter = Painter(theme.style_of)
    line = Line((Run("a", Look("code")), Run("b", Look("code"))))
    before = painter.strip(line, 12)
    assert theme.requested.count(("code",)) == 1

    painter.forget()

    assert painter.strip(line, 12) is not before
    assert theme.requested.count(("code",)) == 2
