"""The row at the cursor, in every list: its mark, and its ground where the terminal has one to show."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.content import Content
from textual.strip import Strip

CURSOR_MARK: Final = "› "
"""Stands before the row at the cursor. Other rows have as many blanks."""


def cursor_strip(line: Strip, look: Style, app: App[Any]) -> Strip:
    """The line of a row, as it is while the cursor is on the row.

    Args:
        line: The line.
        look: The colours of the row at the cursor.
        app: Knows what the terminal can show.
    """
    is_reversed = _shows_no_grounds(app)
    # What has a ground of its own, such as a search hit, keeps it.
    ground = next((style.bgcolor for _, style, _ in line if style), None)
    segments = [
        Segment(text, _cursor_style(style, look, is_reversed=is_reversed), control)
        if is_reversed or style is None or style.bgcolor == ground
        else Segment(text, style, control)
        for text, style, control in line
    ]
    return Strip(segments, line.cell_length)


def cursor_content(line: Content, app: App[Any]) -> Content:
    """The same for a line of a widget that draws a text.

    Args:
        line: The line, as wide as it is shown.
        app: Knows what the terminal can show.
    """
    if _shows_no_grounds(app):
        return Content.styled(line.plain, "$text on $select reverse")
    return line.stylize_before("$text on $select")


def _shows_no_grounds(app: App[Any]) -> bool:
    """Whether the row at the cursor is reversed: 16 colours have no ground for it, and greys are too much alike."""
    return app.native_ansi_color or app.no_color


@lru_cache(512)
def _cursor_style(style: Style | None, look: Style, *, is_reversed: bool) -> Style:
    if is_reversed:
        # One colour for the whole line: reversed, coloured letters would have grounds of their own.
        return (style or Style()) + Style(color=look.color, bgcolor=look.bgcolor, reverse=True)
    return (style or look) + Style(bgcolor=look.bgcolor)
