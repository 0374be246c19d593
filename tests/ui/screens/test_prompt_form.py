"""The form that asks for the values of a saved prompt's variables."""

from __future__ import annotations

import pytest
from textual import events

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.prompt_form import PromptForm, ValueField

pytestmark = pytest.mark.usefixtures("work_folder")


@pytest.fixture
async def app(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app, with a saved prompt that has two variables."""
    folder = program.config.parent / "prompts"
    folder.mkdir()
    (folder / "review.md").write_text("Review {{language}}: {{code}}")
    program.use_server(demo.url)
    return await start_app(model="echo")


async def type_and_enter(app: RunningApp, *lines: str) -> None:
    """Type lines as fast as a terminal sends them, each with Enter behind it."""
    for line in lines:
        for character in line:
            app.app.post_message(events.Key("space" if character == " " else character, character))
        app.app.post_message(events.Key("enter", "\r"))
    await app.until(lambda: isinstance(app.screen, PromptForm))


async def test_keys_typed_behind_a_saved_prompt_fill_its_form(app: RunningApp) -> None:
    await type_and_enter(app, "/review", "C")
    app.app.post_message(events.Paste("one\r\ntwo\x1b[2J"))
    await app.press("ctrl+j", "x", "enter")
    await app.until(lambda: app.messages[:1] and not app.is_running)
    assert app.messages[0] == "Review C: one\ntwo␛[2J\nx"


async def test_cancelled_form_keeps_its_values_and_the_command(app: RunningApp) -> None:
    await type_and_enter(app, "/review some text")
    await app.press("y", "escape")
    await app.until(lambda: app.prompt.text == "/review some text")
    await app.press("ctrl+u", *"/review", "enter")
    await app.until(lambda: isinstance(app.screen, PromptForm) and app.screen.is_active)
    fields = app.screen.query(ValueField)
    assert [field.text for field in fields] == ["some text", "y"]
    # Typing replaces what was remembered.
    await app.press("C")
    assert [field.text for field in fields] == ["C", "y"]
