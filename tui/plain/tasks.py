"""Asyncio tasks as the tasks of the workspace."""

from __future__ import annotations

import asyncio


class PlainTask:
    """An asyncio task. Implements `tui.workspace.tasks.Running`."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        """Args:
        task: The task.
        """
        self._task = task

    @property
    def is_cancelling(self) -> bool:
        """Whether it was told to stop."""
        return self._task.cancelling() > 0

    def cancel(self) -> None:
        """Tell it to stop."""
        self._task.cancel()

    async def wait(self) -> None:
        """Wait until it is over, however it ends."""
        await asyncio.wait([self._task])
