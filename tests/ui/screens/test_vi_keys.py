"""The keys of vi in the chat."""

from __future__ import annotations

import pytest

from tests.program import Program
from tests.ui.running import StartApp
from tui.demo.server import DemoServer

pytestmark = pytest.mark.usefixtures("work_folder")


async def test_escape_leaves_insert_mode_and_then_stops_the_answer(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    program.config.write_text(f'editing = "vi"\n{program.config.read_text()}')
    app = await start_app(model="lorem-100000-50")
    assert app.key_hints.startswith("INSERT Esc to leave · Enter send")
    await app.ask("hello")
    await app.until(lambda: app.is_running and "Esc Esc stop" in app.key_hints)
    await app.press("escape")
    await app.until(lambda: app.key_hints.startswith("NORMAL i to insert · Esc stop"))
    assert app.is_running
    await app.press("escape")
    await app.until(lambda: not app.is_running)
    assert app.session.conversation.path[-1].outcome == "cancelled"


async def test_visual_mode_selects_in_the_prompt_and_shows_itself(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    program.config.write_text(f'editing = "vi"\n{program.config.read_text()}')
    app = await start_app(model="echo")
    await app.type("one (two) three")
    await app.press("escape", *"Fwvi(")
    await app.until(lambda: app.key_hints.startswith("VISUAL Esc to leave · Enter send"))
    assert app.prompt.selected_text == "two"
    await app.press(*"cnew", "escape")
    assert app.prompt.text == "one (new) three"
    # A character that Enter would otherwise send belongs to the command.
    await app.press("f", "enter", *"0dw.")
    assert app.prompt.text == "new) three"
    await app.press("u", "u")
    assert app.prompt.text == "one (new) three"
