"""KeyBar: which hints fit, and what a click does."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult

from tests.ui.themed_app import ThemedApp
from tui.ui.widgets.key_bar import KeyBar, KeyHint

HINTS = (
    KeyHint("Enter", "send", "send"),
    KeyHint("Ctrl+J", "new line", "new_line"),
    KeyHint("F4", "model", "pick_model"),
    KeyHint("Esc", "stop", "cancel_stream", is_kept=True),
    KeyHint("F1", "help", "help", is_kept=True),
)


class KeyBarApp(ThemedApp):
    """A key bar, with a record of what was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        yield KeyBar()

    @on(KeyBar.Pressed)
    def _record(self, message: KeyBar.Pressed) -> None:
        self.pressed.append(message.command)


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (80, " Enter send   Ctrl+J new line   F4 model   Esc stop   F1 help        12 tokens"),
        (62, " Enter send   Ctrl+J new line   F4 model   Esc stop   F1 help"),
        (58, " Enter send  Ctrl+J new line  F4 model  Esc stop  F1 help"),
        (52, " Enter send   Ctrl+J new line   Esc stop   F1 help"),
        (34, " Enter send  Esc stop  F1 help"),
        (20, " Esc stop  F1 help"),
        (10, " Esc stop"),
        (2, ""),
    ],
)
async def test_narrow_bar_drops_the_detail_and_then_the_last_keys(width: int, text: str) -> None:
    app = KeyBarApp()
    async with app.run_test(size=(width, 3)) as pilot:
        bar = app.query_one(KeyBar)
        bar.hints, bar.detail = HINTS, "12 tokens"
        await pilot.pause()
        assert str(bar.render()).split() == text.split()


async def test_click_on_a_hint_posts_its_command() -> None:
    app = KeyBarApp()
    async with app.run_test(size=(80, 3)) as pilot:
        bar = app.query_one(KeyBar)
        bar.hints = HINTS
        await pilot.pause()
        await pilot.click(bar, offset=(str(bar.render()).index("model"), 0))
        await pilot.click(bar, offset=(75, 0))
        assert app.pressed == ["pick_model"]


async def test_two_keys_of_one_hint_have_a_command_each() -> None:
    app = KeyBarApp()
    async with app.run_test(size=(80, 3)) as pilot:
        bar = app.query_one(KeyBar)
        bar.hints = (KeyHint("→", "versions", "next", other=("←", "previous")), *HINTS)
        await pilot.pause()
        text = str(bar.render())
        assert text.startswith(" ←→ versions   Enter send")
        for place in ("←", "→", "versions", "send"):
            await pilot.click(bar, offset=(text.index(place), 0))
        assert app.pressed == ["previous", "next", "next", "send"]
