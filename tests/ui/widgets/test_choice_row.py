"""ChoiceRow: keys, mouse, and how the words are laid out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from textual import on
from textual.app import ComposeResult
from textual.pilot import Pilot

from tests.ui.themed_app import ThemedApp
from tui.ui.widgets.choice_row import ChoiceRow

WORDS = ("Ollama", "LM Studio", "llama.cpp", "漢字", "a\x1b[2Jb")


class Form(ThemedApp):
    """A row of choices, 24 cells wide."""

    def __init__(self, chosen: int | None) -> None:
        super().__init__()
        self.first = chosen
        self.posted: list[int] = []

    def compose(self) -> ComposeResult:
        row = ChoiceRow(WORDS, self.first, id="row")
        row.styles.width = 24
        yield row

    @on(ChoiceRow.Chosen, "#row")
    def record(self, event: ChoiceRow.Chosen) -> None:
        self.posted.append(event.index)


@contextlib.asynccontextmanager
async def shown(chosen: int | None = None) -> AsyncIterator[tuple[Form, ChoiceRow, Pilot[None]]]:
    app = Form(chosen)
    async with app.run_test() as pilot:
        yield app, app.query_one(ChoiceRow), pilot


async def test_words_wrap_and_are_cleaned() -> None:
    async with shown() as (_, row, _pilot):
        lines = str(row.render()).split("\n")
        assert [line.split("  ") for line in lines] == [
            [" Ollama", " LM Studio "],
            [" llama.cpp", " 漢字 "],
            [" a␛[2Jb "],
        ]
        assert row.size.height == 3


async def test_arrows_choose_and_stop_at_the_ends() -> None:
    async with shown() as (app, row, pilot):
        await pilot.press("right")
        assert row.chosen == 0
        await pilot.press("left", "right", "right")
        assert row.chosen == 2
        await pilot.press(*["right"] * 5)
        assert row.chosen == 4
        assert app.posted == [0, 1, 2, 3, 4]


async def test_left_starts_at_the_end() -> None:
    async with shown() as (_, row, pilot):
        await pilot.press("left")
        assert row.chosen == 4


async def test_click_chooses_what_is_under_the_mouse() -> None:
    async with shown(chosen=0) as (app, row, pilot):
        await pilot.click(row, offset=(14, 1))
        assert (row.chosen, app.posted) == (3, [3])
        # Between two choices there is nothing to choose, and the one that is chosen stays.
        await pilot.click(row, offset=(11, 1))
        await pilot.click(row, offset=(14, 1))
        assert app.posted == [3]
