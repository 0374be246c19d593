"""Probes: which providers answer. They run in the background, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING

from tui.light_dataclass import dataclass

if TYPE_CHECKING:
    from tui.chat.model_info import ServerStatus
    from tui.errors import LlmTuiError


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Whether a provider answered, and how: either a status or an error."""

    name: str
    """The provider."""

    status: ServerStatus | None = None
    """What the server says about itself. None if it could not be asked."""

    error: LlmTuiError | None = None
    """Why the server could not be asked. None if it answered."""


class BackgroundProbes:
    """Runs probes as tasks, which outlive the choice of a provider: the caller is told of every result."""

    def __init__(self, probe: Callable[[str], Coroutine[None, None, ProbeResult]]) -> None:
        """Args:
        probe: Probes the provider with a name. Raises no error.
        """
        self._probe = probe
        self._tasks: set[asyncio.Task[ProbeResult]] = set()

    def start(
        self, names: Iterable[str], on_result: Callable[[ProbeResult], None]
    ) -> tuple[asyncio.Task[ProbeResult], ...]:
        """Start a probe of each provider.

        Args:
            names: The providers.
            on_result: Called with each result as soon as it is known.
        """

        def finish(task: asyncio.Task[ProbeResult]) -> None:
            self._tasks.discard(task)
            if not task.cancelled():
                on_result(task.result())

        tasks = tuple(asyncio.create_task(self._probe(name), name=f"probe {name}") for name in names)
        for task in tasks:
            task.add_done_callback(finish)
        self._tasks.update(tasks)
        return tasks

    async def aclose(self) -> None:
        """Cancel the probes that still run."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
