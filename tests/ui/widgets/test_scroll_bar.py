"""Tests for `tui.ui.widgets.scroll_bar`: it is drawn as Textual draws its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Region
from textual.scrollbar import ScrollBarRender
from textual.widgets import Static

from tui.ui.widgets import scroll_bar
from tui.ui.widgets.scroll_bar import LineScrollBar

COLOR, GROUND = Color.parse("#33433d"), Color.parse("#111816")


def _as_textual(height: int, total: int, window: int, position: float) -> list[Segment]:
    bar = ScrollBarRender.render_bar(
        size=height,
        virtual_size=total,
        window_size=window if window < total else 0,
        position=position,
        back_color=GROUND.rich_color,
        bar_color=COLOR.rich_color,
    )
    return bar.segments[:height]


@given(st.integers(1, 60), st.integers(1, 5000), st.floats(0, 1))
def test_rows_are_those_of_textuals_scrollbar(height: int, total: int, fraction: float) -> None:
    position = int(max(0, total - height) * fraction * 8) / 8
    bar = LineScrollBar()
    bar.set_reactive(LineScrollBar.window_size, height)
    bar.set_reactive(LineScrollBar.window_virtual_size, total)
    bar.set_reactive(LineScrollBar.position, position)
    start, end = bar._thumb(height)
    rows = scroll_bar._rows(COLOR, GROUND)
    ours = [next(iter(scroll_bar._row(rows, y, start, end))) for y in range(height)]
    theirs = _as_textual(height, total, height, position)
    assert ours == theirs


class _BarApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static()


@pytest.mark.parametrize("state", ["plain", "mouse_over"])
async def test_bar_has_the_colours_of_its_view(state: str) -> None:
    app = _BarApp()
    async with app.run_test(size=(20, 10)) as pilot:
        view = app.query_one(Static)
        view.styles.scrollbar_color, view.styles.scrollbar_color_hover = COLOR, Color.parse("#647a71")
        view.styles.scrollbar_background = view.styles.scrollbar_background_hover = GROUND
        bar = LineScrollBar()
        bar.window_virtual_size, bar.window_size = 100, 10
        await view.mount(bar)
        bar.styles.height = 10
        bar.mouse_over = state == "mouse_over"
        await pilot.pause()
        strips = bar.render_lines(Region(0, 0, 1, 10))
        thumb = next(iter(strips[0])).style
        assert thumb is not None
        expected = view.styles.scrollbar_color_hover if state == "mouse_over" else COLOR
        assert thumb.color == expected.rich_color
