"""Turns: from a prompt on its way to an answer that has ended, and what is shown meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from textual import work
from textual.worker import Worker, WorkerError

from tui.chat.conversation import Conversation
from tui.runtime import Runtime
from tui.ui.frames import frames
from tui.ui.log.words import CUT
from tui.ui.screens.reading import ReadingScreen
from tui.ui.turn_watch import TurnWatch

if TYPE_CHECKING:
    from tui.session import Session, TurnStream

_TICK_S = 0.25
"""How often the seconds of a turn are looked at."""

_LOOK_TICKS = 4
"""Ticks between two questions to a server that keeps us waiting."""


class TurnsScreen(ReadingScreen):
    """A conversation that is being held: one turn after the other."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime.settings.keys)
        self._runtime = runtime
        self._session: Session | None = None
        self._turn: Worker[None] | None = None
        self._watch = TurnWatch()
        self._ticks = 0

    def get_ready_for_turns(self) -> None:
        """Make what ticks while a turn is under way."""
        self._ticker = self.set_interval(_TICK_S, self._tick, pause=True)

    def after_turn(self) -> None:
        """A turn has ended: show what has changed beside the conversation."""
        raise NotImplementedError

    def _start_turn(self, stream: TurnStream) -> None:
        self._ticks = 0
        self._ticker.resume()
        self._turn = self._run_turn(stream)

    @work(group="turn")
    async def _run_turn(self, stream: TurnStream) -> None:
        """Run a turn to its end, or until it is stopped."""
        session = self._session
        assert session is not None
        buffers = self._runtime.buffers_of(session.provider.name)
        try:
            async with contextlib.aclosing(frames(stream, hz=buffers.flush_hz, ahead=buffers.queue_chunks)) as batches:
                # Pulled, not pushed: a queue of messages has no end, and a slow screen must slow the reader.
                async for batch in batches:
                    self._watch.take(batch)
                    await self._log.apply(batch)
        finally:
            self._turn = None
            self._ticker.pause()
            self._status.meter = None
            self._end_turn(session)

    def _end_turn(self, session: Session) -> None:
        """Show how a turn ended; give its prompt back when nothing came of it."""
        ended = session.ended
        if ended is None or not self.app.is_running:
            return
        self._log.end(session.conversation, ended.answer)
        self._give_back(session.conversation)
        self._learn_window(session)
        self.after_turn()

    @work(group="window", exclusive=True)
    async def _learn_window(self, session: Session) -> None:
        """Find out how full the model's context is, and whether the server has cut the conversation to fit."""
        await session.learn_window()
        if session is not self._session:
            return
        self._status.context = session.context
        if session.was_cut and session.ended is not None:
            self._log.note(session.ended.answer.id, CUT)

    def _give_back(self, conversation: Conversation) -> None:
        """Give the last prompt back when nothing came of it."""
        path = conversation.path
        came_to_nothing = len(path) > 1 and path[-1].failure is not None and path[-1].is_empty
        if came_to_nothing and not self._prompt.text:
            self._prompt.write(path[-2].content)

    async def _stop_turn(self) -> None:
        """Stop the turn under way; return when it is over, and what arrived is kept."""
        if (turn := self._turn) is not None:
            self._cancel_turn()
            with contextlib.suppress(WorkerError):
                await turn.wait()

    def _cancel_turn(self) -> None:
        def cancel(turn: Worker[None]) -> None:
            # A second time, it would not be let to tidy up.
            if not turn.is_cancelled:
                turn.cancel()

        if self._turn is not None:
            # In its turn: cancelled before its first step, it would never tidy up at all.
            asyncio.get_running_loop().call_soon(cancel, self._turn)

    def _tick(self) -> None:
        """Let the seconds of the turn show; ask a server that keeps us waiting what it is at."""
        session = self._session
        if session is None or self._turn is None:
            return
        self._ticks += 1
        self._status.meter = self._watch.meter(session.stage, after_stopped=session.is_after_stopped)
        self._log.tick(self._watch.thinking_s)
        if self._ticks % _LOOK_TICKS == 0:
            self._look(session)

    @work(group="look", exclusive=True)
    async def _look(self, session: Session) -> None:
        await session.look()

    def action_regenerate(self) -> None:
        """Ask for another answer to the last prompt."""
        if self._turn is not None:
            self._notices.say(f"An answer is still coming: {self._shown('cancel_stream')} stops it.")
        elif self._session is not None and (stream := self._session.regenerate()):
            self._start_turn(stream)

    def action_continue_answer(self) -> None:
        """Have the last answer go on, where it is not finished."""
        if self._turn is not None:
            self._notices.say(f"An answer is still coming: {self._shown('cancel_stream')} stops it.")
        elif self._session is not None and (stream := self._session.continue_answer()):
            self._start_turn(stream)
        else:
            self._notices.say(f"There is nothing to go on with: {self._shown('regenerate')} asks again.")

    def action_copy_answer(self) -> None:
        """Copy the last answer, as its source."""
        path = self._session.conversation.path if self._session else ()
        answers = [message.content for message in path if message.role == "assistant"]
        self.copy(answers[-1] if answers else "", "the last answer")
