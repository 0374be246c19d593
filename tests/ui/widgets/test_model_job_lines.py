"""The lines of the sidebar about downloads and loads."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult

from tests.ui.themed_app import ThemedApp
from tui.chat.model_info import ModelProgress
from tui.errors import ServerFailed
from tui.ui.widgets.model_job_lines import ModelJobLines
from tui.workspace.model_jobs import ModelJob
from tui.workspace.target import Target

HALF = ModelProgress("pulling", 50, 100)


class JobsApp(ThemedApp):
    """The lines, with a record of clicks."""

    clicks = 0

    def compose(self) -> ComposeResult:
        yield ModelJobLines()

    @on(ModelJobLines.Clicked)
    def _count(self) -> None:
        self.clicks += 1


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
        lines = app.query_one(ModelJobLines)
        lines.jobs = (job,)
        await pilot.pause()
        assert str(lines.render()) == line


async def test_lines_take_no_space_without_jobs_and_report_clicks() -> None:
    app = JobsApp()
    async with app.run_test(size=(31, 5)) as pilot:
        lines = app.query_one(ModelJobLines)
        assert lines.size.height == 0
        jobs = tuple(ModelJob(Target("o", name), "pull", "running", HALF) for name in "ab")
        lines.jobs = jobs
        await pilot.pause()
        assert lines.size.height == 2
        await pilot.click(lines)
        assert app.clicks == 1
        lines.jobs = ()
        await pilot.pause()
        assert not lines.display
