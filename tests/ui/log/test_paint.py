"""Painting lines as Textual strips."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.ui.log.paint import Painter, restyled
from tui.ui.markdown.lines import BLANK, Line, Look, Run, blank_below
from tui.ui.markdown.render import render
from tui.ui.text_column import text_column

COLOURS = {"block": "on #111111", "code": "red", "mark": "green", "bullet": "blue", "you": "on #222222"}

COLUMN = text_column(12, 0)


class Theme:
    """Styles by name. Records the requested names."""

    def __init__(self) -> None:
        self.requested: list[tuple[str, ...]] = []

    def style_of(self, *names: str) -> Style:
        self.requested.append(names)
        return Style.combine(Style.parse(COLOURS.get(name, "none")) for name in names) if names else Style()


def painted(line: Line, width: int = 12, wanted: int = 0, *, marked: bool = False) -> Strip:
    """The strip of a line.

    Args:
        line: The line.
        width: Cells of the view.
        wanted: Cells of the column's text. 0 for all there are.
        marked: Whether the line's message is selected.
    """
    return Painter(Theme().style_of).strip(line, width, text_column(width, wanted), marked=marked)


def backgrounds(strip: Strip) -> str:
    """One character per cell: `b` with a background, `.` without."""
    return "".join(("b" if style and style.bgcolor else ".") * len(text) for text, style, _ in strip)


def test_strip_has_margin_and_gutter_and_fills_the_width() -> None:
    assert painted(Line((Run("text"),))).text == "    text    "
    assert painted(BLANK).text == " " * 12


def test_selected_message_has_mark_at_left_edge() -> None:
    strip = painted(Line((Run("text"),)), marked=True)

    assert strip.text == "▎   text    "
    assert [segment.style for segment in strip if "▎" in segment.text] == [Style.parse("green")]


@pytest.mark.parametrize(("is_airy", "below"), [(True, "    ▄▄▄▄▄▄▄▄"), (False, " " * 12)])
def test_half_a_line_of_ground_is_below_code_where_there_is_room(is_airy: bool, below: str) -> None:
    painter = Painter(Theme().style_of)
    painter.is_airy = is_airy
    line = blank_below(render("```\na\n```", 8)[-1])

    assert painter.strip(line, 12, COLUMN).text[:12] == below
    assert line.text == ""


def test_column_is_centred_in_a_wide_view() -> None:
    assert painted(Line((Run("text"),)), 40, 20).text == " " * 11 + "text" + " " * 25
    assert painted(Line((Run("text"),)), 40, 20, marked=True).text.index("▎") == 7


def test_card_spans_the_column_behind_its_bar() -> None:
    strip = painted(Line((Run("text"),), fill="you", lead=Run("▌ ", Look("bullet"))), 40, 20)

    assert strip.text.strip() == "▌ text"
    assert backgrounds(strip) == "." * 9 + "b" * 22 + "." * 9


def test_half_lines_span_the_column_and_are_no_text() -> None:
    strip = painted(Line(fill="you-above"), 40, 20)

    assert strip.text == " " * 9 + "▄" * 22 + " " * 9
    assert painted(Line(fill="you-above"), 40, 20, marked=True).text == "       ▎ " + "▄" * 22 + " " * 9


@pytest.mark.parametrize("fill", ["", "you"])
def test_tail_ends_before_the_edge_of_the_column_where_it_fits(fill: str) -> None:
    def text(content: str) -> str:
        tail = Run("14:02", Look("time"), copyable=False)
        return painted(Line((Run(content),), fill=fill, tail=tail), 40, 20).text

    assert text("You") == " " * 11 + "You" + " " * 11 + "14:02" + " " * 10
    assert text("x" * 13) == " " * 11 + "x" * 13 + " 14:02" + " " * 10
    assert "14:02" not in text("x" * 14)


@pytest.mark.parametrize("text", ["x" * 30, "日本語日本語日本語"])
def test_strip_has_exact_width(text: str) -> None:
    assert painted(Line((Run(text),))).cell_length == 12


def test_block_background_is_as_wide_as_its_ground() -> None:
    assert backgrounds(painted(render("```\nx\n```", 4)[1])) == "....bbbb...."
    title, line = render("```py\nx\n```", 60)
    for each in (title, line):
        assert backgrounds(painted(each, 80, 60)) == "." * 11 + "b" * 44 + "." * 25


def test_copy_mark_stands_at_the_right_of_the_ground() -> None:
    title, _ = render("```py\nx\n```", 60)
    item, _ = render("- ```py\n  x\n  ```", 60)
    narrow, _ = render("```" + "x" * 50 + "\nx\n```", 20)
    painter, column = Painter(Theme().style_of), text_column(80, 60)
    painter.copy_key = "b"

    assert painter.strip(title, 80, column).text.strip() == "py" + " " * 34 + "copy"
    assert painter.strip(title, 80, column, marked=True).text.strip() == "▎     py" + " " * 32 + "b copy"
    assert painter.strip(item, 80, column).text.index("copy") == 11 + 2 + 38
    assert "copy" not in painter.strip(narrow, 24, text_column(24, 0)).text


@pytest.mark.parametrize(("marked", "first"), [(False, 49), (True, 47)])
def test_click_on_copy_mark_includes_its_key(marked: bool, first: int) -> None:
    title, line = render("```py\nx\n```", 60)
    painter, column = Painter(Theme().style_of), text_column(80, 60)
    painter.copy_key = "b"

    assert [x for x in range(80) if painter.is_on_tail(title, x, column, marked=marked)] == list(range(first, 53))
    assert not any(painter.is_on_tail(line, x, column, marked=marked) for x in range(80))


def test_wider_ground_is_painted_again() -> None:
    title, line = render("```py\nx\n```", 60)
    painter, column = Painter(Theme().style_of), text_column(80, 60)
    before = painter.strip(line, 80, column)
    assert title.ground is not None
    title.ground.cells = 50

    assert painter.strip(line, 80, column) is not before
    assert backgrounds(painter.strip(line, 80, column)).count("b") == 50


def test_prefix_has_no_block_background() -> None:
    assert backgrounds(painted(render("- ```\n  x\n  ```", 20)[0], 30))[:8] == "......bb"
    assert backgrounds(painted(render("> ```\n> x\n> ```", 20)[0], 30))[:8] == "......bb"
    assert backgrounds(painted(render("- ```\n  x\n  y\n  ```", 20)[1], 30))[:8] == "......bb"


def test_text_attributes_combine_with_colour() -> None:
    style = Painter(Theme().style_of).style(Look("code", bold=True, italic=True, strike=True))

    assert style == Style.parse("red bold italic strike")
    assert Painter(Theme().style_of).style(Look("code"), "block") == Style.parse("red on #111111")


def test_same_line_returns_cached_strip() -> None:
    painter = Painter(Theme().style_of)
    line = Line((Run("text"),))

    assert painter.strip(line, 12, COLUMN) is painter.strip(line, 12, COLUMN)
    assert painter.strip(line, 12, COLUMN) is not painter.strip(line, 13, COLUMN)
    assert painter.strip(line, 12, COLUMN) is not painter.strip(line, 12, COLUMN, marked=True)
    assert painter.strip(line, 12, COLUMN) is not painter.strip(Line((Run("text"),)), 12, COLUMN)


def test_strip_cache_evicts_least_recently_used() -> None:
    painter = Painter(Theme().style_of)
    first, second = Line((Run("first"),)), Line((Run("second"),))
    kept, dropped = painter.strip(first, 12, COLUMN), painter.strip(second, 12, COLUMN)
    for at in range(599):
        painter.strip(Line((Run(str(at)),)), 12, COLUMN)
        painter.strip(first, 12, COLUMN)

    assert painter.strip(first, 12, COLUMN) is kept
    assert painter.strip(second, 12, COLUMN) is not dropped


def test_styles_are_cached_until_theme_changes() -> None:
    theme = Theme()
    painter = Painter(theme.style_of)
    line = Line((Run("a", Look("code")), Run("b", Look("code"))))
    before = painter.strip(line, 12, COLUMN)
    assert theme.requested.count(("code",)) == 1

    painter.forget()

    assert painter.strip(line, 12, COLUMN) is not before
    assert theme.requested.count(("code",)) == 2


@pytest.mark.parametrize(
    ("start", "end", "drawn"), [(1, 3, "bc"), (2, 90, "cd"), (4, 9, ""), (50, 60, ""), (-3, 2, "ab"), (3, 1, "")]
)
def test_style_outside_of_the_strip_is_ignored(start: int, end: int, drawn: str) -> None:
    strip = restyled(Strip([Segment("abcd")]), start, end, Style(bold=True))

    assert strip.text == "abcd"
    assert "".join(text for text, style, _ in strip if style is not None and style.bold) == drawn
