"""How the workspace starts tasks. The app adapts Textual's workers, tests adapt plain asyncio tasks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol


class Running(Protocol):
    """A task that was started."""

    @property
    def is_cancelling(self) -> bool:
        """Whether it was told to stop."""
        ...

    def cancel(self) -> None:
        """Tell it to stop."""
        ...

    async def wait(self) -> None:
        """Wait until it is over, however it ends."""
        ...


class StartTask(Protocol):
    """Starts tasks."""

    def __call__(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> Running:
        """Start a task.

        Args:
            work: What it runs. Called in the task: a coroutine that never starts would be reported as forgotten.
            name: What it does, in a word or two.
        """
        ...
