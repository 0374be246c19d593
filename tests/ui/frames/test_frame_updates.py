"""What reaches a terminal, replayed on one: the same picture as with every frame in full."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.screen import Screen

from tests.program import Program
from tests.ui.frames.screens import Difference, differences, screen_of
from tests.ui.running import RecordingApp, StartApp
from tui.config.settings import TerminalUpdates
from tui.demo.server import DemoServer
from tui.ui.frames import frame_updates
from tui.ui.frames.frame_updates import FrameUpdates


class Replay:
    """Replays each frame of an app twice, in full and reduced, on a terminal screen each."""

    def __init__(self, mode: TerminalUpdates, size: tuple[int, int]) -> None:
        self.frames = 0
        self.scrolls = 0
        self.bytes_in_full = 0
        self.bytes_reduced = 0
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
        self._full_stream.feed(full_text)
        self._reduced_stream.feed(text)
        self.frames += 1
        self.scrolls += text.count("\x1b[r")
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


@pytest.mark.parametrize(
    "replay", [("scroll", (120, 40)), ("scroll", (80, 24)), ("cells", (120, 40))], indirect=True, ids=str
)
async def test_session_looks_the_same_as_with_full_frames(
    program: Program, demo: DemoServer, start_app: StartApp, replay: Replay
) -> None:
    program.use_server(demo.url)
    size = replay._full.columns, replay._full.lines
    app = await start_app(model="guide", size=size)
    for prompt in ("hello", "table", "日本語 and 👩‍👩‍👧 please"):
        await app.ask(prompt)
    for key in ("pageup", "pageup", "pagedown", "ctrl+home", "ctrl+end", "f1", "escape", "ctrl+p", "escape"):
        await app.press(key)
    await app.press("f3", "escape", "ctrl+t", "ctrl+t", "tab", "up", "up", "escape")
    await app.type("several lines")
    await app.press("ctrl+j", "ctrl+j")
    await app.pilot.resize_terminal(size[0] - 7, size[1] - 3)
    await app.pilot.pause()
    assert replay.frames > 20
    assert replay.found == []
    print(replay.frames, replay.scrolls, replay.bytes_in_full, replay.bytes_reduced)
