"""Textual's workers as the tasks of the workspace."""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine

from textual.screen import Screen
from textual.worker import Worker, WorkerError


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
        screen: Its end ends the workers.
        """
        self._screen = screen

    def __call__(self, coroutine: Coroutine[None, None, None], name: str) -> WorkerTask:
        """Start a worker. Workers of the same name run side by side."""
        return WorkerTask(self._screen.run_worker(coroutine, name=name, group=name))
