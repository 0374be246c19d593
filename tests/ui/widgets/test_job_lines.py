"""The lines of the sidebar about downloads and loads."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult

from tests.ui.themed_app import ThemedApp
from tui.chat.model_info import ModelProgress
from tui.errors import ServerFailed
from tui.ui.widgets.job_lines import JobLines
from tui.workspace.model_jobs import ModelJob
from tui.workspace.target import Target

HALF = ModelProgress("pulling", 50, 100)


class JobsApp(ThemedApp):
    """The lines, with a record of clicks."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[str] = []

    def compose(self) -> ComposeResult:
        yield JobLines()

    @on(JobLines.Clicked)
    def _record(self, message: JobLines.Clicked) -> None:
        self.commands.append(message.command)


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (ModelJob(Target("o", "qwen3:8b"), "pull", "running", HALF), " » qwen3:8b          pull 50%"),
        (ModelJob(Target("o", "qwen3:8b"), "pull", "waiting"), " … qwen3:8b           waiting"),
        (ModelJob(Target("o", "qwen3:8b"), "load", "running"), " » qwen3:8b           loading"),
        (ModelJob(Target("o", "a\x1b" * 20), "pull", "stopped", HALF), " ◦ a␛a␛a␛a␛a␛a␛a␛a␛a… stopped"),
        (ModelJob(Target("o", "[b]x"), "pull", "failed", HALF, ServerFailed("x")), " ✗ [b]x                failed"),
    ],
)
async def test_line_shows_mark_name_and_progress(job: ModelJob, line: str) -> None:
    app = JobsApp()
    async with app.run_test(size=(31, 5)) as pilot:
        lines = app.query_one(JobLines)
        lines.jobs = (job,)
        await pilot.pause()
        assert str(lines.render()) == line


async def test_imports_stand_below_the_models_and_tell_their_command() -> None:
    app = JobsApp()
    async with app.run_test(size=(31, 5)) as pilot:
        lines = app.query_one(JobLines)
        lines.jobs = (ModelJob(Target("o", "qwen3:8b"), "load", "running"),)
        lines.imports = (("chats.zip", "41%"), ("more.json", "0"))
        await pilot.pause()
        assert str(lines.render()).split("\n")[1:] == [
            " » chats.zip       import 41%",
            " … more.json          waiting",
        ]
        await pilot.click(lines, offset=(3, 0))
        await pilot.click(lines, offset=(3, 1))
        assert app.commands == ["pick_model", "import"]


async def test_lines_take_no_space_without_jobs_and_report_clicks() -> None:
    app = JobsApp()
    async with app.run_test(size=(31, 5)) as pilot:
        lines = app.query_one(JobLines)
        assert lines.size.height == 0
        jobs = tuple(ModelJob(Target("o", name), "pull", "running", HALF) for name in "ab")
        lines.jobs = jobs
        await pilot.pause()
        assert lines.size.height == 2
        await pilot.click(lines)
        assert app.commands == ["pick_model"]
        lines.jobs = ()
        await pilot.pause()
        assert not lines.display
