"""Textual's workers as the tasks of the workspace."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Coroutine

from textual.screen import Screen
from textual.worker import Worker, WorkerError

StartWork = Callable[[Callable[[], Awaitable[object]], str], object]
"""Does some work beside the screen: the work, and its group, of which only the last one goes on."""


def start_worker(
    screen: Screen[None], work: Callable[[], Coroutine[None, None, None]], group: str, *, exclusive: bool = True
) -> Worker[None]:
    """Start a worker that belongs to a screen.

    Args:
        screen: When it is removed, the worker is cancelled.
        work: What it runs. Called in the worker: a coroutine that never starts would be reported as forgotten.
        group: What it does, in a word or two.
        exclusive: Whether running workers of the same group are cancelled.
    """
    return screen.run_worker(work, name=group, group=group, exclusive=exclusive)


class WorkerTask:
    """One worker. Implements `tui.workspace.tasks.Running`."""

    def __init__(self, worker: Worker[None]) -> None:
        """Args:
        worker: The worker.
        """
        self._worker = worker

    @property
    def is_cancelling(self) -> bool:
        """Whether it was told to stop."""
        return self._worker.is_cancelled

    def cancel(self) -> None:
        """Tell it to stop."""
        self._worker.cancel()

    async def wait(self) -> None:
        """Wait until it is over, however it ends."""
        with contextlib.suppress(WorkerError):
            await self._worker.wait()


class WorkerTasks:
    """Starts workers that belong to a screen. Implements `tui.workspace.tasks.StartTask`."""

    def __init__(self, screen: Screen[None]) -> None:
        """Args:
        screen: When it is removed, the workers are cancelled.
        """
        self._screen = screen

    def __call__(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> WorkerTask:
        """Start a worker. Workers of the same name run side by side."""
        return WorkerTask(start_worker(self._screen, work, name, exclusive=False))
