"""What is being done with models, one line each: `» qwen3:8b  pull 41%`. For the sidebar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.formatting import model_label
from tui.workspace.model_jobs import JobState, ModelJob

_MARKS: Final[dict[JobState, tuple[str, str]]] = {
    "running": ("»", "$accent"),
    "waiting": ("…", "$dim"),
    "stopped": ("◦", "$dim"),
    "unfollowed": ("◦", "$dim"),
    "failed": ("✗", "$error"),
}


class ModelJobLines(Widget):
    """Downloads and loads with their progress. A click asks for the list of models, where they can be stopped."""

    DEFAULT_CSS = """
    ModelJobLines { height: auto; max-height: 6; margin-bottom: 1; color: $second; display: none; }
    ModelJobLines.-shown { display: block; }
    """

    class Clicked(Message):
        """Posted when it was clicked."""

    jobs: reactive[tuple[ModelJob, ...]] = reactive((), layout=True)

    def watch_jobs(self, jobs: Sequence[ModelJob]) -> None:
        """Take no space while there are none."""
        self.set_class(bool(jobs), "-shown")

    def render(self) -> RenderResult:
        """One line for each."""
        width = max(8, self.size.width - 1)
        return Content("\n").join(_job_line(job, width) for job in self.jobs)

    def on_click(self) -> None:
        """Report the click."""
        self.post_message(self.Clicked())


def _job_line(job: ModelJob, width: int) -> Content:
    mark, colour = _MARKS[job.state]
    state = job.short_text
    right = Content.styled(f"{job.action} {state}" if state.endswith("%") else state, "$dim")
    left = Content.assemble(" ", (mark, colour), " ", model_label(job.target.model))
    left = left.truncate(max(1, width - right.cell_length - 2), ellipsis=True)
    return Content.assemble(left, " " * max(1, width - 1 - left.cell_length - right.cell_length), right)
