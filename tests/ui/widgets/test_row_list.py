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
