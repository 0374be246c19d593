"""The main screen: sidebar, log, prompt, status. It arranges, runs turns, and passes on what the user meant."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import SuspendNotSupported

from tui.chat.context import may_not_fit
from tui.errors import LlmTuiError
from tui.runtime import DEMO, Runtime
from tui.ui import gc_tuning
from tui.ui.actions import bindings_for
from tui.ui.desk import Prompt
from tui.ui.markdown.warmup import warm_up
from tui.ui.screens.orders import OrdersScreen
from tui.ui.slash import read_order
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import ProviderRow


class ChatScreen(OrdersScreen):
    """The conversation, and everything around it."""

    CSS_PATH = "chat.tcss"
    AUTO_FOCUS = "PromptBox"
    BINDINGS: ClassVar = bindings_for("anywhere")

    def __init__(
        self,
        runtime: Runtime,
        *,
        model: str = "",
        resume: bool = False,
        on_ready: Callable[[], Awaitable[None]],
    ) -> None:
        """Args:
        runtime: What stands below.
        model: The model to begin with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        on_ready: Called when the prompt takes keys, before the first paint.
        """
        super().__init__(runtime)
        self._wanted_model = model
        self._resumes = resume
        self._on_ready = on_ready
        self._early: Prompt | None = None
        """What was sent before there was anybody to send it to."""

    async def on_mount(self) -> None:
        """Take keys, and begin."""
        self._prompt.border_subtitle = "F1 help · F3 providers · F4 models"
        self.get_ready_for_writing()
        self.get_ready_for_turns()
        self._runtime.on_store_error = self._notices.complain
        self.app.app_resume_signal.subscribe(self, lambda _: self._repaint())
        # At once: a key that was typed early may lead elsewhere already.
        self.set_focus(self._prompt)
        # Called, not posted: what was typed early is to be seen on the first paint.
        await self._on_ready()
        # First the screen, then what the first request needs.
        self.call_after_refresh(self._begin)

    # Beginning, and going elsewhere.

    @work(group="begin")
    async def _begin(self) -> None:
        """Find somebody to talk to, and what was said before."""
        if not self.app.is_running:
            # It ended before it began.
            return
        self._show_providers()
        self._status.notice = "looking for a server…"
        # What was said needs no server to be read.
        conversation = await self.read_latest() if self._resumes else None
        name = await self._runtime.choose_provider(self._note_check)
        self._fell_to_demo = name == DEMO and self._runtime.settings.provider != DEMO
        if conversation is not None and name != DEMO and not self._runtime.provider_was_named:
            name = conversation.provider if conversation.provider in self._rows else name
        with self._notices.complaining():
            held = await self.make_held(conversation, name, self._wanted_model)
            await self.put(held)
            self._give_back(held)
        self._begun.set()
        await self.show_conversations()
        # Ready for the first answer before it is asked for.
        await asyncio.to_thread(warm_up)
        gc_tuning.freeze_and_resume_gc()

    # Turns.

    @on(PromptBox.Sent)
    @work(group="send")
    async def _send(self, message: PromptBox.Sent) -> None:
        """Do what was written with a slash; send anything else, as soon as there is somebody to send it to."""
        written = message.text
        try:
            order = None if self.is_editing else read_order(written)
            # One after the other, as they were written.
            async with self.in_order:
                if order is not None:
                    await self.carry_out(order)
                    return
        except LlmTuiError as error:
            self._prompt.give_back(written)
            self._notices.complain(error)
            return
        prompt = await self.prompt_of(written)
        if prompt is None:
            return
        if self._early is not None:
            self._prompt.give_back(prompt.again)
            self._notices.say(
                f"A prompt is waiting for a server already: {self._shown('cancel_stream')} gives it back."
            )
            return
        if not self._begun.is_set():
            self._early = prompt
            self._status.notice = f"your prompt waits for a server · {self._shown('cancel_stream')} gives it back"
            await self._begun.wait()
            if self._early is None:
                return
            self._early = None
        # It is for the conversation that the user has gone to, which may be on its way.
        await self.settled.wait()
        if self._here is None or not await self.says_it_is_blind(self._here, prompt):
            self.send(prompt)

    def send(self, prompt: Prompt) -> None:
        """Send a prompt in the conversation on the screen, or line it up behind the answer under way."""
        here = self._here
        if self.send_edited(prompt):
            return
        if here is None:
            self._prompt.give_back(prompt.again)
            self._notices.say(f"There is nobody to send it to: {self._shown('focus_sidebar')} chooses a provider.")
            return
        if here.turn is not None:
            self.line_up(here, prompt)
            return
        if may_not_fit(here.session.context, prompt.text) and not here.session.was_cut:
            session = here.session
            can_refuse = self._runtime.settings_of(session.provider.name).type == "ollama"
            hint = " /set truncate=false has it say so instead." if can_refuse else ""
            self._notices.say(f"This may not fit the model's window: the server may leave out the beginning.{hint}")
        self._send_prompt(here, prompt)

    # Actions.

    def action_cancel_stream(self) -> None:
        """Stop the answer under way; else close what is open; else go back to the prompt."""
        if self._turn is not None:
            self._cancel_turn()
        elif self._early is not None:
            early, self._early = self._early, None
            self._prompt.give_back(early.again)
            self._status.notice = "looking for a server…"
        elif not self._prompt.close_list() and not self.stop_editing() and not self.close_search():
            self.clear_selection()
            self._prompt.focus()

    def action_copy_or_stop(self) -> None:
        """Copy what is selected; else stop the answer under way; else say how to quit."""
        selected = self.get_selected_text() or self._prompt.selected_text
        if selected:
            self.copy(selected, "the selection")
        elif self._turn is not None:
            self._cancel_turn()
        else:
            self._notices.say(f"{self._shown('quit')} quits.")

    def action_help(self) -> None:
        """Show every action and its key."""
        from tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._runtime.settings.keys))

    @work(group="settings", exclusive=True)
    async def action_settings(self) -> None:
        """Edit timeouts, buffers and retry."""
        from tui.ui.screens.settings import SettingsScreen

        path = str(self._runtime.loaded.path)
        changes = await self.app.push_screen_wait(SettingsScreen(self._runtime.settings, path))
        if not changes:
            return
        with self._notices.complaining():
            await self._runtime.change_settings(changes)
            # Whoever wrote to the file meanwhile may have put other providers there.
            self._rows = {name: self._rows.get(name, ProviderRow(name)) for name in self._runtime.provider_names}
            self._show_providers()
            for session in [held.session for held in self._desk.held]:
                name = session.provider.name
                provider = await self._runtime.provider(name)
                find_model = partial(self._runtime.choose_model, name)
                session.use_provider(provider, session.model, self._runtime.send_options(name), find_model)
            self._notices.say(f"Saved to {path}.")

    def action_edit_prompt(self) -> None:
        """Edit the prompt in the user's editor."""
        from tui.ui.external_editor import edit_in_editor

        try:
            # Complained of in here: what is raised past it leaves the terminal to the editor for ever.
            with self.app.suspend(), self._notices.complaining():
                self._prompt.write(edit_in_editor(self._prompt.written, os.environ))
        except SuspendNotSupported:
            self._notices.say("This terminal cannot be lent to an editor.")

    async def action_quit(self) -> None:
        """Quit. Answers under way are kept as far as they have come, and what is written as it stands."""
        for held in self._desk.running:
            await self._stop_turn(held)
        self.leave()
        self.app.exit()
