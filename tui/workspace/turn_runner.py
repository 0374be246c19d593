"""Runs turns: from the stream of a session to the sink that shows it, one task for each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.chat.turn import ToolsUnavailable, TurnStarted, TurnUpdate
from tui.config.settings import Buffers
from tui.workspace.events import DetailsChanged, Events, ListChanged, TurnBegan
from tui.workspace.frames import frames
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.tasks import StartTask

if TYPE_CHECKING:
    from tui.session.session import TurnStream


class TurnSink(Protocol):
    """Shows turns."""

    async def show(self, conversation: OpenConversation, updates: Sequence[TurnUpdate]) -> None:
        """Show what happened in a turn. Returns when it is shown: until then, nothing more is read."""
        ...


class TurnRunner:
    """At most one running turn for each open conversation."""

    def __init__(
        self,
        start: StartTask,
        sink: TurnSink,
        events: Events,
        *,
        buffers_for: Callable[[str], Buffers],
        on_finished: Callable[[OpenConversation], None],
    ) -> None:
        """Args:
        start: Starts the tasks.
        sink: Shows the turns.
        events: Told when a turn began.
        buffers_for: The buffer settings of a provider, by its name.
        on_finished: Called when a turn is over, with its answer saved.
        """
        self._start_task = start
        self._sink = sink
        self._events = events
        self._buffers_of = buffers_for
        self._on_finished = on_finished

    def start(self, conversation: OpenConversation, stream: TurnStream, provider_name: str) -> None:
        """Run a turn to its end, or until it is stopped.

        Args:
            conversation: The conversation.
            stream: The turn.
            provider_name: The provider that answers, which has the buffer settings.
        """
        conversation.expect_turn()
        conversation.running = self._start_task(partial(self._run, conversation, stream, provider_name), "turn")
        self._events.emit(TurnBegan(conversation))

    def stop(self, conversation: OpenConversation) -> bool:
        """Stop the running turn. False if no turn is running."""
        running = conversation.running
        if running is None:
            return False

        def cancel() -> None:
            # Cancelling twice would interrupt the cleanup.
            if not running.is_cancelling:
                running.cancel()

        # Via the loop: a task cancelled before its first step never runs its `finally`.
        asyncio.get_running_loop().call_soon(cancel)
        return True

    async def stop_and_wait(self, conversation: OpenConversation) -> None:
        """Stop the running turn, and return when it is over and what arrived is saved."""
        if (running := conversation.running) is not None:
            self.stop(conversation)
            await running.wait()

    async def _run(self, conversation: OpenConversation, stream: TurnStream, provider_name: str) -> None:
        buffers = self._buffers_of(provider_name)
        try:
            async with aclosing(frames(stream, hz=buffers.flush_hz, ahead=buffers.queue_chunks)) as batches:
                async for batch in batches:
                    conversation.turn_began.set()
                    conversation.record(batch)
                    # Awaited: a slow screen slows the socket.
                    await self._sink.show(conversation, batch)
                    for update in batch:
                        if isinstance(update, ToolsUnavailable):
                            self._events.notify(update.reason, 8.0)
                    if any(isinstance(update, TurnStarted) for update in batch):
                        self._events.emit(DetailsChanged(), ListChanged())
        finally:
            conversation.running = None
            conversation.turn_began.set()
            self._on_finished(conversation)
