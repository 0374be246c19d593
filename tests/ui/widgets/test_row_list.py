"""RowList: page keys before and after the rows are laid out."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.widgets.option_list import Option

from tests.ui.themed_app import ThemedApp
from tui.ui.widgets.row_list import RowList


class ListApp(ThemedApp):
    """A list of fifty rows."""

    def compose(self) -> ComposeResult:
        yield RowList(*(Option(f"row {number}") for number in range(50)))


@pytest.mark.parametrize("size", [(80, 24), (80, 1), (1, 24), (3, 2)])
@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_page_key_behind_new_rows_does_not_fail(size: tuple[int, int], key: str) -> None:
    app = ListApp()
    async with app.run_test(size=size) as pilot:
        rows = app.query_one(RowList)
        rows.focus()
        await pilot.press("down", key)
        rows.clear_options()
        rows.add_options([Option("one"), Option("two")])
        rows.highlighted = 1
        # Called directly: the rows are not laid out before the next refresh.
        rows.action_page_up()
        rows.action_page_down()
        await pilot.press(key)
        assert rows.highlighted in (0, 1)


async def test_page_keys_move_by_a_page() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 12)) as pilot:
        rows = app.query_one(RowList)
        rows.focus()
        await pilot.press("down", "pagedown")
        assert rows.highlighted is not None
        assert rows.highlighted >= 8
        await pilot.press("pageup")
        assert rows.highlighted < 8


async def test_cursor_moves_within_the_list() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 12)):
        rows = app.query_one(RowList)
        rows.move_cursor(10)
        assert rows.highlighted == 10
        rows.move_cursor(100)
        assert rows.highlighted == 49
        rows.move_cursor(-100)
        assert rows.highlighted == 0
        rows.clear_options()
        rows.move_cursor(1)
        assert rows.highlighted is None


async def test_row_at_the_cursor_has_a_mark_and_a_ground() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 12)) as pilot:
        rows = app.query_one(RowList)
        rows.focus()
        await pilot.press("down")
        assert [rows.render_line(y).text.rstrip() for y in range(3)] == ["  row 0", "› row 1", "  row 2"]
        grounds = [{part.style.bgcolor for part in rows.render_line(y) if part.style} for y in range(2)]
        assert all(len(ground) == 1 for ground in grounds)
        assert grounds[0] != grounds[1]
        rows.blur()
        await pilot.pause()
        assert "›" not in rows.render_line(1).text


async def test_click_on_the_mark_chooses_the_row() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 12)) as pilot:
        rows = app.query_one(RowList)
        rows.focus()
        await pilot.click(rows, offset=(rows.content_region.x, 3))
        assert rows.highlighted == 2


@pytest.mark.parametrize("terminal", ["16 colours", "no colour"])
async def test_row_at_the_cursor_is_reversed_where_grounds_say_too_little(terminal: str) -> None:
    app = ListApp()
    app.no_color = terminal == "no colour"
    async with app.run_test(size=(80, 12)) as pilot:
        if terminal == "16 colours":
            app.theme = "ansi-dark"
        rows = app.query_one(RowList)
        rows.focus()
        await pilot.press("down")
        assert all(part.style and part.style.reverse for part in rows.render_line(1))
        assert not any(part.style and part.style.reverse for part in rows.render_line(0))


async def test_another_width_is_reported_once() -> None:
    class RecordingApp(ListApp):
        def on_row_list_width_changed(self) -> None:
            widths.append(self.query_one(RowList).row_cells)

    widths: list[int] = []
    app = RecordingApp()
    async with app.run_test(size=(80, 12)) as pilot:
        rows = app.query_one(RowList)
        await pilot.pause()
        assert widths == [rows.row_cells]
        await pilot.resize_terminal(80, 10)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert widths[1:] == [rows.row_cells]
        assert rows.row_cells < 40
