"""What reaches a terminal, replayed on one: the same picture as with every frame in full."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from rich.console import Console, RenderableType
from rich.segment import Segment
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip

from tests.program import Program
from tests.terminal import StartTerminal, ready
from tests.ui.frames.screens import Difference, differences, screen_of
from tests.ui.running import RecordingApp, StartApp
from tui.config.settings import TerminalUpdates
from tui.demo.server import DemoServer
from tui.ui.frames import frame_updates
from tui.ui.frames.frame_updates import FrameUpdates

TYPED_Y = re.compile(rb"\x1b\[23;\d+H(?:\x1b\[[\d;]*m|[^\x1b])*y(?:\x1b\[[\d;]*m|[^\x1b])*")
"""What is written in the row of the prompt in one piece, with a `y` in it."""


class Replay:
    """Replays each frame of an app twice, in full and reduced, on a terminal screen each."""

    def __init__(self, mode: TerminalUpdates, size: tuple[int, int]) -> None:
        self.frames = 0
        self.bytes_in_full = 0
        self.bytes_reduced = 0
        self.whole_frames: list[str] = []
        """The texts of frames that paint the whole screen."""
        self.found: list[tuple[int, list[Difference]]] = []
        """Frames that differ, by their number."""
        self._full, self._full_stream = screen_of(*size)
        self._reduced, self._reduced_stream = screen_of(*size)
        self._updates = frame_updates(mode, {"TERM": "xterm"})

    @property
    def updates(self) -> FrameUpdates:
        """What reduces frames."""
        assert self._updates is not None
        return self._updates

    def show(self, app: RecordingApp, update: ChopsUpdate | LayoutUpdate) -> None:
        """Replay a frame."""
        reduced = self.updates.reduce(update, app.size)
        full_text = update.render_segments(app.console)
        text = reduced.render_segments(app.console)  # type: ignore[union-attr]
        size = app.size.height, app.size.width
        if (self._full.lines, self._full.columns) != size:
            self._full.resize(*size)
            self._reduced.resize(*size)
        if isinstance(update, LayoutUpdate):
            self.whole_frames.append(re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", text))
        self._full_stream.feed(full_text)
        self._reduced_stream.feed(text)
        self.frames += 1
        self.bytes_in_full += len(full_text.encode())
        self.bytes_reduced += len(text.encode())
        if found := differences(self._full, self._reduced):
            self.found.append((self.frames, found))


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Replay:
    """Replays what the app of the test paints."""
    mode, size = request.param
    replay = Replay(mode, size)

    def show(app: RecordingApp, screen: Screen[Any], update: RenderableType | None) -> None:
        if isinstance(update, ChopsUpdate | LayoutUpdate):
            replay.show(app, update)
        app.post_display_hook()

    monkeypatch.setattr(RecordingApp, "_display", show)
    return replay


@pytest.mark.parametrize("replay", [("scroll", (70, 18)), ("cells", (70, 18))], indirect=True, ids=["scroll", "cells"])
async def test_session_looks_the_same_as_with_full_frames(
    program: Program, demo: DemoServer, start_app: StartApp, replay: Replay
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="guide", size=(70, 18))
    for prompt in ("hello", "日本語 and 👩‍👩‍👧 please"):
        await app.ask_and_wait(prompt)
    await app.press("pageup", "ctrl+end", "f1", "escape", "ctrl+t", "ctrl+t")
    await app.pilot.resize_terminal(61, 16)
    await app.press("ctrl+l")
    assert replay.frames > 20
    assert replay.found == []
    assert replay.bytes_reduced < replay.bytes_in_full / 2


@pytest.mark.parametrize("replay", [("scroll", (70, 18))], indirect=True)
async def test_repainting_writes_the_whole_screen(
    program: Program, demo: DemoServer, start_app: StartApp, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.use_server(demo.url)
    app = await start_app(size=(70, 18))
    monkeypatch.setattr(app.app, "_frames", replay.updates)
    repaints: list[Callable[[], Awaitable[None]]] = [
        lambda: app.press("ctrl+l"),
        lambda: app.press("f1", "ctrl+l", "escape"),
        lambda: app.app.on_event(events.AppFocus()),
        lambda: app.pilot.resize_terminal(69, 18),
    ]
    for repaint in repaints:
        replay.whole_frames.clear()
        await repaint()
        await app.until(lambda: replay.whole_frames)
        assert len(replay.whole_frames[-1]) > 69 * 17


@pytest.mark.parametrize("term", ["", "dumb", "ansi", "vt100"])
def test_simple_terminals_get_full_frames(term: str) -> None:
    updates = frame_updates("scroll", {"TERM": term})
    assert updates is not None
    update = LayoutUpdate([[Strip.blank(3)]], Region(0, 0, 3, 1))
    assert updates.reduce(update, Size(3, 1)) is update


def test_full_mode_hands_frames_through() -> None:
    updates = frame_updates("full", {"TERM": "xterm"})
    assert updates is not None
    update = LayoutUpdate([[Strip.blank(3)]], Region(0, 0, 3, 1))
    assert updates.reduce(update, Size(3, 1)) is update


def test_frame_of_another_size_is_written_in_full() -> None:
    updates = frame_updates("scroll", {"TERM": "xterm"})
    assert updates is not None
    console = Console(force_terminal=True, color_system="truecolor")
    wide = LayoutUpdate([[Strip([Segment("abcdef")])]], Region(0, 0, 6, 1))
    for size in (Size(4, 1), Size(6, 1), Size(4, 1)):
        reduced = updates.reduce(wide, size)
        assert isinstance(reduced, CompositorUpdate)
        assert "abcdef" in reduced.render_segments(console)


def test_missing_private_name_of_textual_leaves_frames_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tui.ui.frames.frame_updates")
    monkeypatch.delattr("textual._compositor.ChopsUpdate")
    assert frame_updates("scroll", {"TERM": "xterm"}) is None


async def test_textual_paints_by_the_method_that_reduces_frames(
    program: Program, start_terminal: StartTerminal
) -> None:
    terminal = await start_terminal("--provider", "demo")
    await ready(terminal)
    terminal.type("x")
    await terminal.until_gone("or / for commands")
    mark = len(terminal.received)
    terminal.type("y")
    await terminal.until(lambda received: TYPED_Y.search(received) is not None, mark)
    typed = TYPED_Y.search(bytes(terminal.received[mark:]))
    assert typed is not None
    # Not the rest of the row.
    assert b" " * 20 not in typed[0]
