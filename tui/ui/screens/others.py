"""Other answers: from another model, or from several side by side."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.ui.desk import Held
from tui.ui.screens.writing import READ_S, WritingScreen

if TYPE_CHECKING:
    from tui.ui.screens.targets import Target

_MOST_COLUMNS = 4


class OthersScreen(WritingScreen):
    """A prompt may be answered by more than one model. Each answer is a version beside the others."""

    @work(group="others", exclusive=True)
    async def action_regenerate_with(self) -> None:
        """Ask another model or provider for another answer, and go on with it."""
        here = await self._idle_here()
        if here is None:
            return
        selected = self._log.selected
        message_id = selected.id if selected is not None and selected.id in here.session.conversation.messages else None
        targets = await self._choose("Answer again with", here)
        if not targets or here is not self._here or here.turn is not None:
            return
        name, model = targets[0]
        await self.use_provider(name, model)
        if stream := here.session.regenerate(message_id):
            self._start_turn(stream)
        else:
            self._notices.say("There is nothing to answer again yet.")

    @work(group="others", exclusive=True)
    async def action_compare(self) -> None:
        """Ask several models at once: what is written, else the last prompt again."""
        await self.compare()

    async def compare(self) -> None:
        """Ask several models at once, and go on with the answer that the user likes best."""
        here = await self._idle_here()
        if here is None:
            return
        if not self._prompt.written.strip() and not here.session.conversation.path:
            self._notices.say("Write a prompt first: it is sent to each of them.")
            return
        targets = await self._choose("Compare", here, least=2, most=_MOST_COLUMNS)
        if len(targets) < 2 or here is not self._here or here.turn is not None:
            return
        asked = await self._asked(here)
        if asked is None:
            return
        with self._notices.complaining():
            answering = [
                await self.make_held(asked, target.provider, target.model, is_temporary=here.is_temporary)
                for target in targets
            ]
            if asked.path[-1].images:
                blind = [held.session.model for held in answering if await held.session.lacks_vision()]
                if blind:
                    self._notices.say(f"{' and '.join(blind)} cannot see pictures.", READ_S)
            await self._show_compared(here, asked, answering)

    async def _asked(self, here: Held) -> Conversation | None:
        """The conversation with a prompt at its end: what is written, else the last one. None when there is none."""
        conversation = here.session.conversation
        if self._prompt.written.strip():
            written = await self.take_written()
            if written is None:
                return None
            path = conversation.path
            prompt = ChatMessage(
                id=secrets.token_hex(12),
                role="user",
                content=written.text,
                parent_id=path[-1].id if path else None,
                created_at=time.time(),
                images=written.images,
            )
            return conversation.append(prompt)
        prompts = [message for message in conversation.path if message.role == "user"]
        return conversation.at(prompts[-1].id) if prompts else None

    async def _show_compared(self, here: Held, asked: Conversation, answering: list[Held]) -> None:
        from tui.ui.screens.compare import CompareScreen, alone, nothing_yet

        prompt = asked.path[-1]
        screen = CompareScreen(answering, self._cancel_turn)
        closed: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        # Nothing is to arrive before there is something to show it.
        await self.app.push_screen(screen, closed.set_result)
        self._desk.beside = tuple(answering)
        for column in screen.columns:
            column.log_.show(alone(prompt), nothing_yet)
            column.held.log = column.log_
            stream = column.held.session.regenerate()
            assert stream is not None
            self._start_turn(stream, column.held)
        await self._go_on_with(here, answering, await closed)

    async def _go_on_with(self, here: Held, answering: list[Held], chosen: Held | None) -> None:
        """Go on with one of the answers; the others stay beside it. With none, the first is what is shown."""
        for held in answering:
            held.log = None
            if held is not chosen:
                await self._stop_turn(held)
        self._desk.beside = ()
        messages = dict(here.session.conversation.messages)
        for held in answering:
            messages |= held.session.conversation.messages
        best = chosen or answering[0]
        session = best.session
        # The ids of the head and of its path stay; only what stands beside them is added.
        session.conversation = replace(session.conversation, messages=messages | dict(session.conversation.messages))
        conversation = session.conversation
        best.is_temporary = here.is_temporary
        self._desk.drop(here.id)
        # Not `put`: what is written in the prompt box stays where it is.
        self._show_held(best)
        if not best.is_temporary:
            head, provider, model = conversation.head_id, conversation.provider, conversation.model
            self._runtime.conversations.post(lambda kept: kept.set_head(conversation.id, head))
            self._runtime.conversations.post(lambda kept: kept.set_model(conversation.id, provider, model))
        self.after_turn()

    async def _idle_here(self) -> Held | None:
        """The conversation on the screen; None, and why, while an answer is still coming in it."""
        await self._begun.wait()
        if self._turn is not None:
            self.say_it_is_coming()
            return None
        return self._here

    async def _choose(self, title: str, here: Held, *, least: int = 1, most: int = 1) -> tuple[Target, ...]:
        from tui.ui.screens.targets import Target, TargetPicker

        current = Target(here.session.provider.name, here.session.model)
        # Whoever has models of their own does not compare them with a script.
        names = self._runtime.provider_names
        names = tuple(name for name in names if name == current.provider or not self._runtime.is_demo(name))
        picker = TargetPicker(title, names, current, self._runtime.list_models, least=least, most=most)
        return await self.app.push_screen_wait(picker)
