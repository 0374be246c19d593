"""The chat in windows of a few cells: idle, and while an answer streams."""

from __future__ import annotations

import pytest

from tests.program import Program
from tests.ui.running import StartApp
from tui.demo.server import DemoServer

WIDTHS = (12, 8, 6, 5, 4, 3, 2, 1)
SIZES = [(width, 24) for width in WIDTHS] + [(width, height) for width in (1, 6, 80) for height in (3, 1)]


@pytest.mark.parametrize("model", ["echo", "lorem-2000-20"])
@pytest.mark.parametrize("draft", ["", "draft"])
async def test_chat_survives_tiny_windows(
    program: Program, demo: DemoServer, start_app: StartApp, model: str, draft: str
) -> None:
    program.use_server(demo.url)
    app = await start_app(model=model, size=(80, 24))
    await app.ask("| a | b |")
    await app.until(lambda: "b" in app.log.text)
    await app.type(draft)
    for size in (*SIZES, (80, 24)):
        await app.pilot.resize_terminal(*size)
        await app.pilot.pause(0.02)
        assert app.app._exception is None, size
    assert app.is_running == (model != "echo")
    assert app.prompt.text == draft
    assert app.log.size.width > 70
