"""What goes on behind the screen, one line each: `» qwen3:8b  pull 41%`. For the sidebar."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.formatting import model_label
from tui.light_dataclass import dataclass
from tui.workspace.model_jobs import JobState, ModelJob

_MARKS: Final[dict[JobState, tuple[str, str]]] = {
    "running": ("»", "$accent"),
    "waiting": ("…", "$dim"),
    "stopped": ("◦", "$dim"),
    "unfollowed": ("◦", "$dim"),
    "failed": ("✗", "$error"),
}


class JobLines(Widget):
    """Downloads, loads and imports with their progress. A click asks for where they can be stopped."""

    DEFAULT_CSS = """
    JobLines { height: auto; max-height: 6; margin-bottom: 1; color: $second; display: none; }
    JobLines.-shown { display: block; }
    """

    @dataclass
    class Clicked(Message):
        """Posted when a line was clicked."""

        command: str
        """The command with which it is stopped."""

    jobs: reactive[tuple[ModelJob, ...]] = reactive((), layout=True)
    imports: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=True)
    """Name and state of each import, the one that runs first."""

    def watch_jobs(self) -> None:
        """Take no space while there are none."""
        self.set_class(bool(self.jobs or self.imports), "-shown")

    def watch_imports(self) -> None:
        """Take no space while there are none."""
        self.watch_jobs()

    def render(self) -> RenderResult:
        """One line for each."""
        width = max(8, self.size.width - 1)
        lines = [_job_line(job, width) for job in self.jobs]
        lines += [_line("running", name, f"import {state}", width) for name, state in self.imports[:1]]
        lines += [_line("waiting", name, "waiting", width) for name, _ in self.imports[1:]]
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Report the click."""
        self.post_message(self.Clicked("pick_model" if event.y < len(self.jobs) else "import"))


def _job_line(job: ModelJob, width: int) -> Content:
    state = job.short_text
    right = f"{job.action} {state}" if state.endswith("%") else state
    return _line(job.state, model_label(job.target.model), right, width)


def _line(state: JobState, name: str, right_text: str, width: int) -> Content:
    mark, colour = _MARKS[state]
    right = Content.styled(right_text, "$dim")
    left = Content.assemble(" ", (mark, colour), " ", name)
    left = left.truncate(max(1, width - right.cell_length - 2), ellipsis=True)
    return Content.assemble(left, " " * max(1, width - 1 - left.cell_length - right.cell_length), right)
