"""Downloads, loads and the like of models: each runs as a task, whatever is on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from tui.chat.formatting import format_size, model_label
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError, UsageError
from tui.light_dataclass import dataclass
from tui.workspace.events import ErrorRaised, Events, ModelJobsChanged
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.target import Target
from tui.workspace.tasks import Running, StartTask

if TYPE_CHECKING:
    from tui.chat.model_info import ModelAction, ModelProgress
    from tui.providers.base import ModelManager

MAX_PULLS: Final = 2
"""Downloads that run at the same time; more wait."""

_REPORT_S: Final = 0.1
"""Seconds between two events for the same job: servers report some hundred times a second."""

JobState = Literal["waiting", "running", "failed", "stopped", "unfollowed"]
"""A job that succeeded is no longer listed. One that was stopped is listed while it can be continued; one that is
unfollowed was to be stopped, but its server continues it by itself."""

CANNOT: Final = "Ollama, LM Studio and llama.cpp's router can do that."

_VERBS: Final[dict[ModelAction, tuple[str, str, str]]] = {
    "pull": ("download models", "downloading", "Downloaded"),
    "load": ("load models", "loading", "Loaded"),
    "unload": ("unload models", "unloading", "Unloaded"),
    "delete": ("delete models", "deleting", "Deleted"),
    "copy": ("copy models", "copying", "Copied"),
}
"""For each action what a server can do, what is going on, and what was done."""


@dataclass(frozen=True, slots=True)
class ModelJob:
    """Something that is done with a model."""

    target: Target
    action: ModelAction
    state: JobState = "waiting"

    progress: ModelProgress | None = None
    """The last report of the server. None before the first."""

    error: LlmTuiError | None = None
    """Why it failed."""

    context_length: int = 0
    """The context to load it with, in tokens. 0 leaves that to the server."""

    new_name: str = ""
    """The name of the copy. Empty for other actions."""

    can_be_stopped: bool = True
    """Whether its server stops it when asked to. If not, only its progress is no longer followed."""

    @property
    def is_active(self) -> bool:
        """Whether it runs or is about to."""
        return self.state in ("waiting", "running")

    @property
    def fraction(self) -> float | None:
        """The progress from 0 to 1. None if the server does not report it."""
        progress = self.progress
        if progress is None:
            return None
        fraction = progress.fraction
        if progress.done_bytes is not None and progress.total_bytes:
            fraction = progress.done_bytes / progress.total_bytes
        return None if fraction is None else min(max(fraction, 0.0), 1.0)

    @property
    def short_text(self) -> str:
        """Its state in a word or two: `41%`, `waiting`, `failed`."""
        if self.state == "unfollowed":
            return "continues"
        if self.state != "running":
            return self.state
        # Rounded down: 100% only once all of it is there.
        return _VERBS[self.action][1] if self.fraction is None else f"{int(self.fraction * 100)}%"

    @property
    def text(self) -> str:
        """Its state in a line: `downloading 41% · 2.1 GB of 5.2 GB`."""
        if self.state == "failed" and self.error is not None:
            return f"failed: {safe_line(str(self.error))}"
        if self.state == "stopped":
            return "stopped; downloading it again continues where it was"
        if self.state == "unfollowed":
            return "the server continues by itself and cannot be stopped; downloading it again shows the progress"
        parts = [f"{_VERBS[self.action][1]} {self.short_text}" if self.fraction is not None else self.short_text]
        if self.state == "waiting":
            return f"waiting for another download (at most {MAX_PULLS} run at a time)"
        progress = self.progress
        if progress is not None and progress.done_bytes is not None and progress.total_bytes:
            parts.append(f"{format_size(progress.done_bytes)} of {format_size(progress.total_bytes)}")
        elif progress is not None and progress.status not in ("", _VERBS[self.action][1]):
            parts.append(safe_line(progress.status))
        return " · ".join(parts)


class ModelJobs:
    """Owns the jobs, at most one for each model. A failed one is listed until it is tried again or dismissed."""

    def __init__(self, catalog: ModelCatalog, events: Events, start_task: StartTask) -> None:
        """Args:
        catalog: Has what manages the models, and is asked again when a job has changed them.
        events: Told of all progress.
        start_task: Starts the tasks.
        """
        self._catalog = catalog
        self._events = events
        self._start_task = start_task
        self._jobs: dict[Target, ModelJob] = {}
        self._tasks: dict[Target, Running] = {}
        self._pause: asyncio.TimerHandle | None = None
        """Runs out when progress may be reported again."""
        self._has_news = False
        """Whether there is progress that is not reported yet."""

    @property
    def jobs(self) -> tuple[ModelJob, ...]:
        """The jobs, in the order in which they were asked for."""
        return tuple(self._jobs.values())

    def job(self, target: Target) -> ModelJob | None:
        """The job of a model. None if there is none."""
        return self._jobs.get(target)

    async def require(self, provider: str, action: ModelAction) -> ModelManager:
        """What manages the models of a provider.

        Raises:
            UsageError: If its server cannot do that.
            LlmTuiError: If the provider cannot be asked.
        """
        manager = await self._catalog.manager(provider)
        if manager is None:
            raise UsageError(f"{provider} cannot {_VERBS[action][0]}: its server has no interface for it.", hint=CANNOT)
        if action not in manager.actions:
            able = ", ".join(sorted(manager.actions)) or "nothing"
            raise UsageError(f"{provider} cannot {_VERBS[action][0]}.", hint=f"Its server can: {able}.")
        return manager

    # What the user asks for.

    def pull(self, target: Target) -> None:
        """Download a model, or continue a download that was stopped or failed."""
        self._add(ModelJob(target, "pull"))

    def load(self, target: Target, context_length: int = 0) -> None:
        """Load a model into memory.

        Args:
            target: The model.
            context_length: The context to load it with, in tokens. 0 leaves that to the server.
        """
        self._add(ModelJob(target, "load", context_length=context_length))

    def unload(self, target: Target) -> None:
        """Remove a model from memory."""
        self._add(ModelJob(target, "unload"))

    def copy(self, target: Target, new_name: str) -> None:
        """Give a model another name besides its own."""
        self._add(ModelJob(target, "copy", new_name=new_name))

    def delete(self, target: Target) -> None:
        """Delete a model from the server's disk."""
        self._add(ModelJob(target, "delete"))

    def stop(self, target: Target) -> bool:
        """Stop a job, or dismiss one that failed or was stopped. Returns whether there was one.

        Where the server cannot stop a download, its progress is no longer followed.
        """
        job = self._jobs.get(target)
        if job is None:
            return False
        task = self._tasks.pop(target, None)
        if task is not None:
            task.cancel()
        if job.is_active and job.action == "pull":
            self._jobs[target] = replace(job, state="stopped" if job.can_be_stopped else "unfollowed")
        else:
            del self._jobs[target]
        self._start_waiting()
        self._report()
        return True

    async def close(self) -> None:
        """Stop all jobs, and wait until their connections are closed."""
        if self._pause is not None:
            self._pause.cancel()
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(task.wait() for task in tasks))

    # How it is done.

    def _add(self, job: ModelJob) -> None:
        earlier = self._jobs.get(job.target)
        if earlier is not None and earlier.is_active:
            what = _VERBS[earlier.action][1]
            self._events.notify(f"{job.target.model}: already {what}.")
            return
        # A new attempt goes to the end of the queue.
        self._jobs.pop(job.target, None)
        self._jobs[job.target] = job
        self._start_waiting()
        self._report()

    def _start_waiting(self) -> None:
        for target, job in tuple(self._jobs.items()):
            pulling = sum(other.action == "pull" and other.state == "running" for other in self._jobs.values())
            if job.state == "waiting" and (job.action != "pull" or pulling < MAX_PULLS):
                running = self._jobs[target] = replace(job, state="running")
                self._tasks[target] = self._start_task(partial(self._run, running), f"{job.action} model")

    async def _run(self, job: ModelJob) -> None:
        target = job.target
        try:
            manager = await self.require(target.provider, job.action)
            if job.action == "pull":
                self._jobs[target] = replace(self._jobs[target], can_be_stopped=manager.can_stop_pulls)
            has_acted = await self._perform(manager, job)
        except LlmTuiError as error:
            self._end(job, replace(self._jobs[target], state="failed", error=error))
            self._events.emit(ErrorRaised(error))
        else:
            self._end(job, None)
            copy = f" to {model_label(job.new_name)}" if job.new_name else ""
            done = f"{_VERBS[job.action][2]} {model_label(target.model)}{copy}."
            self._events.notify(done if has_acted else f"{model_label(target.model)} was not loaded.")
        await self._catalog.refresh_provider(target.provider)

    async def _perform(self, manager: ModelManager, job: ModelJob) -> bool:
        """Do what the job is about. Returns False if there was nothing to do."""
        model = job.target.model
        if job.action == "unload":
            return await manager.unload(model)
        calls: dict[ModelAction, Callable[[str], Awaitable[None]]] = {
            "delete": manager.delete,
            "copy": partial(manager.copy, new_name=job.new_name),
        }
        if (call := calls.get(job.action)) is not None:
            await call(model)
            return True
        stream = manager.pull(model) if job.action == "pull" else manager.load(model, job.context_length)
        async with aclosing(stream) as reports:
            async for progress in reports:
                self._record(job.target, progress)
        return True

    def _record(self, target: Target, progress: ModelProgress) -> None:
        self._jobs[target] = replace(self._jobs[target], progress=progress)
        if self._pause is None:
            self._report_and_pause()
        else:
            self._has_news = True

    def _report_and_pause(self) -> None:
        self._has_news = False
        self._pause = asyncio.get_running_loop().call_later(_REPORT_S, self._end_pause)
        self._report()

    def _end_pause(self) -> None:
        self._pause = None
        if self._has_news:
            self._report_and_pause()

    def _end(self, job: ModelJob, after: ModelJob | None) -> None:
        self._tasks.pop(job.target, None)
        if after is None:
            del self._jobs[job.target]
        else:
            self._jobs[job.target] = after
        self._start_waiting()
        self._report()

    def _report(self) -> None:
        self._events.emit(ModelJobsChanged())
