"""Shows running turns: chunks go to the log that shows their conversation, their progress goes there too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from textual.screen import Screen
from textual.timer import Timer

from tui.chat.turn import StageName, TurnUpdate
from tui.freed_memory import LARGE, return_freed_memory
from tui.ui.widgets.header import Header
from tui.ui.widgets.message_log import MessageLog
from tui.ui.worker_tasks import start_worker
from tui.workspace.events import CurrentChanged, DetailsChanged, TurnBegan, TurnFinished
from tui.workspace.labels import CONTEXT_TRUNCATED_NOTE
from tui.workspace.open_conversation import OpenConversation

_TICK_S = 0.25
"""How often the progress of a turn is shown, in seconds."""

_TICKS_PER_POLL = 4
"""Ticks between two questions to a server that keeps us waiting."""


class TurnPresenter:
    """The sink of all turns. Implements `tui.workspace.turn_runner.TurnSink`."""

    def __init__(
        self,
        screen: Screen[None],
        log: MessageLog,
        header: Header,
        current: Callable[[], OpenConversation | None],
        on_tick: Callable[[], None],
    ) -> None:
        """Args:
        screen: Has the timer and the workers.
        log: Shows the current conversation.
        header: Shows how full the context is.
        current: Returns the current conversation.
        on_tick: Called a few times a second while the current conversation streams.
        """
        self._screen = screen
        self._log = log
        self._header = header
        self._current = current
        self._on_tick = on_tick
        self._logs: dict[OpenConversation, MessageLog] = {}
        """Logs of answers that are shown side by side."""
        self._ticker: Timer | None = None
        self._ticks = 0
        self._shown_stage: StageName | None = None
        """The stage that the log shows. None while it shows none."""

    def start(self) -> None:
        """Create the timer. The screen must be mounted."""
        self._ticker = self._screen.set_interval(_TICK_S, self._tick, pause=True)

    def assign_log(self, conversation: OpenConversation, log: MessageLog | None) -> None:
        """Show a conversation in a log of its own; None ends that."""
        if log is None:
            self._logs.pop(conversation, None)
        else:
            self._logs[conversation] = log

    async def show(self, conversation: OpenConversation, updates: Sequence[TurnUpdate]) -> None:
        """Post updates to the log that shows the conversation, and wait until it has applied them."""
        if (log := self._log_of(conversation)) is None:
            return
        stage = conversation.session.stage
        if log is self._log and stage is not None and stage.name != self._shown_stage:
            # Text must not stand above a stage that is over until the next tick.
            self._show_progress(conversation)
        await log.apply(tuple(updates))

    def handle_began(self, event: TurnBegan) -> None:
        """A turn was started."""
        if event.conversation is self._current():
            self._follow_current()

    def handle_finished(self, event: TurnFinished) -> None:
        """A turn is over: show how it ended."""
        conversation = event.conversation
        if (log := self._log_of(conversation)) is not None:
            log.turns.end(conversation.session.conversation, event.ended.answer)
        if conversation is self._current():
            self._follow_current()
            start_worker(self._screen, partial(self._refresh_context, conversation), "context")
        if conversation.session.conversation.size > LARGE:
            # What the turn needed, such as its request, can be freed only now.
            work = partial(asyncio.to_thread, return_freed_memory, has_cycles=True)
            start_worker(self._screen, work, "freed memory")

    def handle_details_changed(self, _: DetailsChanged) -> None:
        """Perhaps another model: ask how large its context is, unless that is known."""
        current = self._current()
        if current is not None and not current.is_running and current.session.context is not None:
            start_worker(self._screen, partial(self._refresh_context, current), "context")

    def handle_current_changed(self, _: CurrentChanged) -> None:
        """Another conversation is current."""
        self._follow_current()

    def _log_of(self, conversation: OpenConversation) -> MessageLog | None:
        """The log that shows a conversation. None while it is in the background."""
        own = self._logs.get(conversation)
        return own or (self._log if conversation is self._current() else None)

    def _follow_current(self) -> None:
        """Show the progress of the current conversation from now on."""
        self._ticks, self._shown_stage = 0, None
        if self._ticker is None:
            return
        current = self._current()
        if current is not None and current.is_running:
            self._ticker.resume()
        else:
            self._ticker.pause()

    def _tick(self) -> None:
        current = self._current()
        if current is None or not current.is_running:
            return
        self._ticks += 1
        self._show_progress(current)
        self._on_tick()
        if self._ticks % _TICKS_PER_POLL == 0:
            start_worker(self._screen, current.session.poll_activity, "poll")

    def _show_progress(self, conversation: OpenConversation) -> None:
        session, stats = conversation.session, conversation.stats
        progress = stats.progress(session.stage, follows_stopped_turn=session.follows_stopped_turn)
        self._shown_stage = None if progress is None else progress.stage
        self._log.turns.tick(progress, stats.thinking_s)

    async def _refresh_context(self, conversation: OpenConversation) -> None:
        session = conversation.session
        await session.refresh_context_window()
        if conversation is not self._current():
            return
        self._header.context = session.context
        if session.was_cut and session.last_turn is not None:
            self._log.turns.note(session.last_turn.answer.id, CONTEXT_TRUNCATED_NOTE)
