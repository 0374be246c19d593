"""Typed letters are painted before Textual's next frame."""

from __future__ import annotations

import asyncio

import pytest
from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tests.ui.themed_app import ThemedApp
from tui.ui.frames.frame_hold import FrameHold
from tui.ui.frames.immediate import paint_at_once
from tui.ui.widgets.prompt_box import PromptBox


class CountingApp(ThemedApp):
    """A prompt box in an app that counts what it paints."""

    CSS = "PromptBox { dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.painted = 0

    def compose(self) -> ComposeResult:
        yield Static("before")
        yield PromptBox()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        self.painted += renderable is not None
        super()._display(screen, renderable)


def without_frames(app: CountingApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be painted by Textual's timer from now on."""
    app.screen._update_timer.pause()
    monkeypatch.setattr(app.screen._update_timer, "resume", lambda: None)


async def handled(box: PromptBox, text: str) -> None:
    """Type letters, and wait until the box has them."""
    before = box.text
    for letter in text:
        box.post_message(events.Key(letter, letter))
    while box.text != before + text:
        await asyncio.sleep(0)


async def test_letters_are_painted_without_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        without_frames(app, monkeypatch)
        before = app.painted
        await handled(app.query_one(PromptBox), "ab")
        assert app.painted == before + 2


async def test_what_else_has_changed_still_waits_for_its_frame() -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        box, other = app.query_one(PromptBox), app.query_one(Static)
        # As when its change was reported, and the next frame has not come.
        app.screen._dirty_widgets.add(other)
        box.refresh()
        paint_at_once(box)
        assert app.screen._dirty_widgets == {other}


async def test_line_that_makes_the_box_higher_waits_for_its_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        box = app.query_one(PromptBox)
        await pilot.pause()
        without_frames(app, monkeypatch)
        before = app.painted
        box.post_message(events.Key("ctrl+j", None))
        while box.text != "\n":
            await asyncio.sleep(0)
        assert app.painted == before


async def test_without_textuals_private_names_letters_are_painted_with_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        monkeypatch.setattr("tui.ui.frames.immediate._PAINTS", "no_such_name")
        before = app.painted
        await pilot.press("a")
        await pilot.pause()
        assert app.query_one(PromptBox).text == "a"
        assert app.painted > before


async def test_held_changes_are_painted_together_when_the_hold_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        without_frames(app, monkeypatch)
        hold, before = FrameHold(app.screen), app.painted
        hold.begin()
        for text in ("a", "b"):
            app.query_one(Static).update(text)
            await handled(app.query_one(PromptBox), text)
        assert app.painted == before
        hold.end()
        assert app.painted == before + 1
        assert shown(app, app.query_one(Static)) == "b"
        assert "ab" in shown(app, app.query_one(PromptBox))


async def test_hold_that_nobody_ends_ends_by_itself() -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        before = app.painted
        FrameHold(app.screen).begin()
        app.query_one(Static).update("later")
        while app.painted == before:
            await asyncio.sleep(0.01)
        assert shown(app, app.query_one(Static)) == "later"


async def test_without_textuals_private_names_the_end_of_a_hold_is_painted_with_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        for name in ("_PAINTS", "_REPORTS"):
            monkeypatch.setattr(f"tui.ui.frames.immediate.{name}", "no_such_name")
            hold, before = FrameHold(app.screen), app.painted
            hold.begin()
            app.query_one(Static).update(name)
            hold.end()
            assert app.painted == before
            await pilot.pause()
            while app.painted == before:
                await asyncio.sleep(0.01)
            assert shown(app, app.query_one(Static)) == name


def shown(app: CountingApp, widget: Widget) -> str:
    """The text on the screen in the first line of a widget."""
    region = widget.region
    strips = app.screen._compositor.render_strips()
    return strips[region.y].text[region.x : region.right].strip()
