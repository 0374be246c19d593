"""Turns: from a prompt on its way to an answer that has ended, on the screen or behind it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from textual import work
from textual.worker import Worker, WorkerError

from tui.chat.turn import TurnStarted
from tui.runtime import Runtime
from tui.ui.desk import Desk, Held, Prompt
from tui.ui.frames import frames
from tui.ui.log.labels import CUT
from tui.ui.screens.reading import ReadingScreen

if TYPE_CHECKING:
    from tui.session import Session, TurnStream
    from tui.ui.widgets.message_log import MessageLog

_TICK_S = 0.25
"""How often the seconds of a turn are looked at."""

_LOOK_TICKS = 4
"""Ticks between two questions to a server that keeps us waiting."""


class TurnsScreen(ReadingScreen):
    """Conversations that are being held: one on the screen, any number behind it, each one turn after the other."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime.settings.keys)
        self._runtime = runtime
        self._desk = Desk()
        self._ticks = 0

    @property
    def _here(self) -> Held | None:
        """The conversation on the screen."""
        return self._desk.here

    @property
    def _session(self) -> Session | None:
        """The session of the conversation on the screen."""
        return None if self._desk.here is None else self._desk.here.session

    @property
    def _turn(self) -> Worker[None] | None:
        """The turn under way in the conversation on the screen."""
        return None if self._desk.here is None else self._desk.here.turn

    def get_ready_for_turns(self) -> None:
        """Make what ticks while a turn is under way."""
        self._ticker = self.set_interval(_TICK_S, self._tick, pause=True)

    def after_turn(self) -> None:
        """A turn has begun or ended: show what has changed beside the conversation."""
        raise NotImplementedError

    def note_unseen(self, held: Held) -> None:
        """An answer has ended in a conversation that is not on the screen."""
        raise NotImplementedError

    # Beginning.

    def _start_turn(self, stream: TurnStream, held: Held | None = None) -> None:
        """Run a turn; of the conversation on the screen where no other is named."""
        held = held or self._here
        assert held is not None
        held.turn = self._run_turn(held, stream)
        if held is self._here:
            self._watch_turn()

    def _watch_turn(self) -> None:
        """Show how the turn on the screen stands, from now on; nothing where there is none."""
        self._ticks = 0
        if self._turn is not None:
            self._ticker.resume()
        else:
            self._ticker.pause()
            self._status.meter = None

    @work(group="turn")
    async def _run_turn(self, held: Held, stream: TurnStream) -> None:
        """Run a turn to its end, or until it is stopped."""
        buffers = self._runtime.buffers_of(held.session.provider.name)
        try:
            async with contextlib.aclosing(frames(stream, hz=buffers.flush_hz, ahead=buffers.queue_chunks)) as batches:
                # Pulled, not pushed: a queue of messages has no end, and a slow screen must slow the reader.
                async for batch in batches:
                    held.take(batch)
                    if (log := self._log_of(held)) is not None:
                        await log.apply(batch)
                    if any(isinstance(update, TurnStarted) for update in batch):
                        self.after_turn()
        finally:
            held.turn = None
            if self.app.is_running:
                self._end_turn(held)

    def _log_of(self, held: Held) -> MessageLog | None:
        """Where a conversation is on the screen. None while it is behind it."""
        return held.log or (self._log if held is self._here else None)

    # Ending.

    def _end_turn(self, held: Held) -> None:
        """Show how a turn ended; go on with what is lined up, or give it back; as the prompt of which nothing came."""
        ended = held.session.ended
        if ended is None:
            return
        if (log := self._log_of(held)) is not None:
            log.end(held.session.conversation, ended.answer)
        if held in self._desk.beside:
            self.after_turn()
            return
        if held is self._here:
            self._watch_turn()
            self._learn_window(held.session)
        else:
            self.note_unseen(held)
        if ended.error is None and held.lined_up:
            self._send_prompt(held, held.lined_up.popleft())
        else:
            self._give_back(held)
        self._desk.tidy()
        self.after_turn()

    def _give_back(self, held: Held) -> None:
        """Give back what was lined up; the last prompt too when nothing came of it."""
        back = [prompt.again for prompt in held.lined_up]
        held.lined_up.clear()
        path = held.session.conversation.path
        came_to_nothing = len(path) > 1 and path[-1].failure is not None and path[-1].is_empty
        if came_to_nothing and not self.written_in(held):
            back.insert(0, path[-2].content)
        if not back:
            return
        if held is self._here:
            self._prompt.give_back("\n".join(back))
        else:
            held.draft = "\n".join([*back, *([held.draft] if held.draft else [])])
            self.keep_draft(held, held.draft)
        self.show_lined_up()

    def written_in(self, held: Held) -> str:
        """What is written in a conversation and not sent."""
        return self._prompt.written if held is self._here else held.draft

    def keep_draft(self, held: Held, text: str) -> None:
        """Have what is written in a conversation, and what is lined up in it, kept until it is sent."""
        if not held.is_temporary:
            unsent = [*(prompt.again for prompt in held.lined_up), *([text] if text else [])]
            key, all_of_it = held.draft_key, "\n".join(unsent)
            self._runtime.conversations.post(lambda kept: kept.set_draft(key, all_of_it))

    @work(group="window", exclusive=True)
    async def _learn_window(self, session: Session) -> None:
        """Find out how full the model's context is, and whether the server has cut the conversation to fit."""
        await session.refresh_context_window()
        if session is not self._session:
            return
        self._status.context = session.context
        if session.was_cut and session.ended is not None:
            self._log.note(session.ended.answer.id, CUT)

    # Prompts.

    def _send_prompt(self, held: Held, prompt: Prompt) -> None:
        is_first = not held.draft_key
        self.keep_draft(held, "" if is_first else self.written_in(held))
        self._start_turn(held.session.send(prompt.text, prompt.images), held)
        self.show_lined_up()

    def line_up(self, held: Held, prompt: Prompt) -> None:
        """Have a prompt sent when the answer under way has ended."""
        held.lined_up.append(prompt)
        self.keep_draft(held, self.written_in(held))
        self.show_lined_up()
        self.after_turn()

    def take_back_lined_up(self) -> str | None:
        """Take the prompt that was lined up last out of the line, to be written on. None when there is none."""
        if self._here is None or not self._here.lined_up:
            return None
        prompt = self._here.lined_up.pop()
        self.show_lined_up()
        self.after_turn()
        return prompt.again

    def show_lined_up(self) -> None:
        """Show what is lined up in the conversation on the screen."""
        raise NotImplementedError

    # Stopping.

    async def _stop_turn(self, held: Held | None = None) -> None:
        """Stop a turn under way; return when it is over, and what arrived is kept."""
        held = held or self._here
        if held is not None and (turn := held.turn) is not None:
            self._cancel_turn(held)
            with contextlib.suppress(WorkerError):
                await turn.wait()

    def _cancel_turn(self, held: Held | None = None) -> None:
        def cancel(turn: Worker[None]) -> None:
            # A second time, it would not be let to tidy up.
            if not turn.is_cancelled:
                turn.cancel()

        held = held or self._here
        if held is not None and held.turn is not None:
            # In its turn: cancelled before its first step, it would never tidy up at all.
            asyncio.get_running_loop().call_soon(cancel, held.turn)

    # While it goes on.

    def _tick(self) -> None:
        """Let the seconds of the turn show; ask a server that keeps us waiting what it is at."""
        held = self._here
        if held is None or held.turn is None:
            return
        self._ticks += 1
        session = held.session
        self._status.meter = held.watch.meter(session.stage, after_stopped=session.is_after_stopped)
        self._log.tick(held.watch.thinking_s)
        if self._ticks % _LOOK_TICKS == 0:
            self._look(session)

    @work(group="look", exclusive=True)
    async def _look(self, session: Session) -> None:
        await session.poll_activity()

    # Actions.

    def say_it_is_coming(self) -> None:
        """Say that what the user wants has to wait for the answer under way."""
        self._notices.say(f"An answer is still coming: {self._shown('cancel_stream')} stops it.")

    def action_regenerate(self) -> None:
        """Ask for another answer to the last prompt."""
        if self._turn is not None:
            self.say_it_is_coming()
        elif self._session is not None and (stream := self._session.regenerate()):
            self._start_turn(stream)

    def action_continue_answer(self) -> None:
        """Have the last answer go on, where it is not finished."""
        if self._turn is not None:
            self.say_it_is_coming()
        elif self._session is not None and (stream := self._session.continue_answer()):
            self._start_turn(stream)
        else:
            self._notices.say(f"There is nothing to go on with: {self._shown('regenerate')} asks again.")

    def action_copy_answer(self) -> None:
        """Copy the last answer, as its source."""
        path = self._session.conversation.path if self._session else ()
        answers = [message.content for message in path if message.role == "assistant"]
        self.copy(answers[-1] if answers else "", "the last answer")
