"""Ctrl+C while no line is read: ends the thinking of an answer, or stops what runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tui.plain.console import Console
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.tasks import Running, StartTask
from tui.workspace.workspace import Workspace


class Interrupts:
    """Does what Ctrl+C is for. Owns the turn whose thinking was to end: the next Ctrl+C stops that turn."""

    def __init__(
        self,
        workspace: Workspace,
        console: Console,
        start_task: StartTask,
        stop_others: Sequence[Callable[[], bool]],
    ) -> None:
        """Args:
        workspace: Has the answer that streams.
        console: Says what was done.
        start_task: Starts the task that asks the server.
        stop_others: Each stops something and returns whether there was anything to stop. The first that has counts.
        """
        self._workspace = workspace
        self._console = console
        self._start_task = start_task
        self._stop_others = stop_others
        self._hurried: Running | None = None

    def handle(self) -> None:
        """Ctrl+C was pressed."""
        current = self._workspace.current
        if current is not None and self._may_hurry(current):
            self._hurried = current.running
            self._start_task(partial(self._hurry, current), "answer now")
        elif not self._workspace.stop_turn():
            any(stop() for stop in self._stop_others)

    def _may_hurry(self, current: OpenConversation) -> bool:
        return current.running is not None and current.running is not self._hurried and current.session.can_answer_now

    async def _hurry(self, current: OpenConversation) -> None:
        if await current.session.answer_now():
            await self._console.say("It was told to answer now. Ctrl+C stops it.")
            await self._console.flush()
        elif current.running is self._hurried:
            # The server cannot do that, so the key stops the answer as ever.
            self._workspace.turns.stop(current)
