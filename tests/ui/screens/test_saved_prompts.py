"""The list of saved prompts, in which they are written, edited and deleted."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.question import QuestionScreen
from tui.ui.screens.saved_prompts import SavedPromptsScreen
from tui.ui.screens.text_form import TextForm
from tui.ui.widgets.text_editor import TextEditor


@pytest.fixture
async def app(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app with the list open, which is empty."""
    program.use_server(demo.url)
    app = await start_app(model="echo")
    app.chat.action_command("saved_prompts")
    await app.until(lambda: lists(app) and says(app, "None yet"))
    return app


def lists(app: RunningApp) -> bool:
    """Whether the list is the topmost screen."""
    return isinstance(app.screen, SavedPromptsScreen)


def says(app: RunningApp, text: str) -> bool:
    """Whether the message of the dialog has a text."""
    return text in str(app.screen.query_one("#message", Static).content)


def rows(app: RunningApp) -> list[str]:
    return [str(option.prompt) for option in app.screen.query_one(OptionList).options]


async def test_prompt_is_written_edited_and_deleted(app: RunningApp, program: Program) -> None:
    folder = program.config.parent / "prompts"
    await app.press("n")
    await app.until(lambda: isinstance(app.screen, TextForm))
    await app.type("a/b")
    await app.press("enter", "x", "ctrl+s")
    await app.until(lambda: says(app, "cannot be the name of a file"))
    await app.press("shift+tab", "ctrl+u")
    await app.type("re view")
    await app.press("enter", "ctrl+s")
    await app.until(lambda: lists(app) and rows(app) == ["re view  saved prompt · x"])
    assert (folder / "re view.md").read_text() == "x\n"
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, TextForm))
    await app.type("y {{name}}")
    await app.press("escape")
    assert says(app, "Not saved")
    await app.press("ctrl+s")
    await app.until(lambda: lists(app) and "asks for name" in rows(app)[0])
    await app.press("d")
    await app.until(lambda: isinstance(app.screen, QuestionScreen))
    await app.press("y")
    await app.until(lambda: lists(app) and says(app, "None yet"))
    assert list(folder.iterdir()) == []


async def test_text_is_edited_in_the_editor(app: RunningApp, tmp_path: Path) -> None:
    program = tmp_path / "editor.py"
    program.write_text("import pathlib, sys\npathlib.Path(sys.argv[1]).write_text('from the editor')\n")
    app.runtime.environ = {"EDITOR": f"{sys.executable} {program}"}
    app.app.suspend = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    await app.press("n")
    await app.until(lambda: isinstance(app.screen, TextForm))
    await app.press("ctrl+o")
    editor = app.screen.query_one(TextEditor)
    assert editor.text == "from the editor"
    app.runtime.environ = {"EDITOR": "no-such-editor"}
    await app.press("ctrl+o")
    assert says(app, "cannot be started")
    assert editor.text == "from the editor"
