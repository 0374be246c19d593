"""The main screen: sidebar, log, prompt, status. It arranges, runs turns, and passes on what the user meant."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import SuspendNotSupported

from tui.chat.context import may_not_fit
from tui.chat.conversation import Conversation
from tui.errors import LlmTuiError
from tui.runtime import DEMO, Checked, Runtime
from tui.ui import garbage
from tui.ui.actions import bindings_for
from tui.ui.markdown.lines import Line
from tui.ui.markdown.rehearsal import rehearse
from tui.ui.reach import row_of
from tui.ui.screens.keeping import KeepingScreen
from tui.ui.welcome import welcome_lines
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import ProviderRow, Sidebar

if TYPE_CHECKING:
    from tui.session import Session

_LISTED = 200
"""Conversations in the sidebar."""

_FOUND = 100
"""Messages that a search shows."""

_FIRST_SHOWN = 50
"""Messages that are shown of a conversation while all of it is read."""

_RECALLED = 200
"""Earlier prompts that can be recalled."""


class ChatScreen(KeepingScreen):
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
        self._begun = asyncio.Event()
        """Set once there is somebody to talk to, or it is known that there is not."""
        self._rows = {name: ProviderRow(name) for name in runtime.provider_names}
        self._early: str | None = None
        """What was sent before there was anybody to send it to."""
        self._fell_to_demo = False
        """Whether the demo answers because nobody else did."""

    async def on_mount(self) -> None:
        """Take keys, and begin."""
        self._prompt.border_subtitle = "F1 help · F3 providers · F4 models"
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
        conversation = await self._latest() if self._resumes else None
        name = await self._runtime.choose_provider(self._note_check)
        self._fell_to_demo = name == DEMO and self._runtime.settings.provider != DEMO
        if conversation is not None:
            self._give_back(conversation)
            if conversation.provider in self._rows and name != DEMO and not self._runtime.provider_was_named:
                name = conversation.provider
        await self._hold(conversation, name, self._wanted_model)
        self._begun.set()
        await self.show_conversations()
        # Ready for the first answer before it is asked for.
        await asyncio.to_thread(rehearse)
        garbage.settle()

    async def _hold(self, conversation: Conversation | None, name: str, model: str = "") -> None:
        """Hold a conversation, or a new one, with a provider.

        Args:
            conversation: What was said before. None begins a new one.
            name: The provider.
            model: The model. Empty for the one that was used in it, or the usual one.
        """
        if conversation is not None and conversation.provider == name:
            model = model or conversation.model
        # Loaded when there is somebody to talk to, not for the first paint.
        from tui.session import Session

        with self._notices.complaining():
            provider = await self._runtime.provider(name)
            await self._stop_turn()
            self._session = Session(
                provider,
                model,
                conversation,
                send_options=self._runtime.send_options(name),
                find_model=partial(self._runtime.choose_model, name),
                keeper=self._runtime.conversations,
            )
            self.show(self._session.conversation)
            self._show_names()
            self._learn_model(self._session)

    @work(group="learn", exclusive=True)
    async def _learn_model(self, session: Session) -> None:
        """Find the model that a provider is usually used with. Whoever asks before it is known finds it again."""
        name = session.provider.name
        if self._runtime.is_demo(name):
            self._note_check(await self._runtime.check(name))
        if session.model:
            return
        try:
            model = await self._runtime.choose_model(name)
        except LlmTuiError as error:
            self._note_check(Checked(name, error=error))
            return
        if session.provider.name == name and not session.model:
            session.model = model
            self._show_names()
            self._log.refresh_welcome()

    async def _latest(self) -> Conversation | None:
        with self._notices.complaining():
            if found := await self._runtime.conversations.call(lambda kept: kept.recent(1)):
                return await self._open(found[0].id)
        return None

    async def _open(self, conversation_id: str) -> Conversation:
        """Show a conversation: its end at once, however long it is, and then all of it."""
        store = self._runtime.conversations
        ending = await store.call(lambda kept: kept.ending(conversation_id, _FIRST_SHOWN))
        await self._stop_turn()
        self.show(ending)
        conversation = await store.call(lambda kept: kept.load(conversation_id))
        self.show(conversation)
        return conversation

    def show(self, conversation: Conversation) -> None:
        """Show a conversation, unless it is what is shown."""
        if not self._log.shows(conversation):
            self.close_search()
            self.stop_editing()
            self._log.show(conversation, self._welcome)

    async def hold(self, conversation: Conversation) -> None:
        """Hold another conversation with the provider and model at hand."""
        session = self._session
        await self._hold(conversation, session.provider.name if session else DEMO, session.model if session else "")
        await self.show_conversations()

    @on(Sidebar.ProviderChosen)
    @work(group="switch", exclusive=True)
    async def _switch_provider(self, message: Sidebar.ProviderChosen) -> None:
        """Go on with another provider, in the same conversation."""
        self._prompt.focus()
        await self._begun.wait()
        session, name = self._session, message.name
        if session is None:
            await self._hold(None, name)
            return
        with self._notices.complaining():
            find_model = partial(self._runtime.choose_model, name)
            provider = await self._runtime.provider(name)
            session.talk_to(provider, "", self._runtime.send_options(name), find_model)
            self._fell_to_demo = False
            self._show_names()
            self._log.refresh_welcome()
            self._learn_model(session)

    @on(Sidebar.ConversationChosen)
    @work(group="switch", exclusive=True)
    async def _switch_conversation(self, message: Sidebar.ConversationChosen) -> None:
        """Hold another conversation."""
        self._prompt.focus()
        await self._begun.wait()
        if self._session is not None and self._session.conversation.id != message.id:
            await self._go_to_conversation(self._session, message.id)

    @work(group="switch", exclusive=True)
    async def action_search_all(self) -> None:
        """Search in all conversations, and go to what was found."""
        from tui.ui.screens.search import SearchScreen

        await self._begun.wait()
        store = self._runtime.conversations
        found = await self.app.push_screen_wait(
            SearchScreen(lambda words: store.call(lambda kept: kept.search(words, _FOUND)))
        )
        if found is not None and self._session is not None:
            await self._go_to_conversation(self._session, found.conversation_id, found.message_id)

    async def _go_to_conversation(self, session: Session, conversation_id: str, message_id: str | None = None) -> None:
        """Hold another conversation.

        Args:
            session: The one that is held.
            conversation_id: The other.
            message_id: The message to go to. None for the end.
        """
        with self._notices.complaining():
            conversation = await self._open(conversation_id)
            is_elsewhere = message_id not in {said.id for said in conversation.path}
            if message_id is not None and message_id in conversation.messages and is_elsewhere:
                conversation = conversation.through(message_id)
            name = conversation.provider if conversation.provider in self._rows else session.provider.name
            await self._hold(conversation, name)
            # It may be that nobody can hold it.
            self.show((self._session or session).conversation)
            if message_id is not None:
                self._log.select(message_id)
                self._log.focus()
            await self.show_conversations()

    @work(group="switch", exclusive=True)
    async def action_new_conversation(self) -> None:
        """Begin a new conversation with the same provider and model."""
        self._prompt.focus()
        session = self._session
        if session is None or not session.conversation.messages:
            return
        await self._hold(None, session.provider.name, session.model)
        await self.show_conversations()

    async def begin_anew(self) -> None:
        """Hold a new conversation with the provider and model at hand."""
        if (session := self._session) is not None:
            await self._hold(None, session.provider.name, session.model)

    # Turns.

    @on(PromptBox.Sent)
    @work(group="send")
    async def _send(self, message: PromptBox.Sent) -> None:
        """Send a prompt; as soon as there is somebody to send it to."""
        if self._turn is not None or self._early is not None:
            self._prompt.give_back(message.text)
            still = "An answer is still coming" if self._early is None else "A prompt is waiting for a server already"
            does = "stops it" if self._early is None else "gives it back"
            self._notices.say(f"{still}: {self._shown('cancel_stream')} {does}.")
            return
        self._early = message.text
        if not self._begun.is_set():
            self._status.notice = f"your prompt waits for a server · {self._shown('cancel_stream')} gives it back"
            await self._begun.wait()
        early, self._early = self._early, None
        if early is None:
            return
        if self.send_edited(early):
            return
        if self._session is None:
            self._prompt.give_back(early)
            self._notices.say(f"There is nobody to send it to: {self._shown('focus_sidebar')} chooses a provider.")
            return
        if may_not_fit(self._session.context, early) and not self._session.was_cut:
            self._notices.say("This may not fit the model's window: the server may leave out the beginning.")
        self._start_turn(self._session.send(early))

    # Actions.

    def action_cancel_stream(self) -> None:
        """Stop the answer under way; else close what is open; else go back to the prompt."""
        if self._turn is not None:
            self._cancel_turn()
        elif self._early is not None:
            early, self._early = self._early, None
            self._prompt.give_back(early)
            self._status.notice = "looking for a server…"
        elif not self.stop_editing() and not self.close_search():
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
            if (session := self._session) is not None:
                name = session.provider.name
                provider = await self._runtime.provider(name)
                find_model = partial(self._runtime.choose_model, name)
                session.talk_to(provider, session.model, session.send_options, find_model)
            self._notices.say(f"Saved to {path}.")

    @work(group="pick", exclusive=True)
    async def action_pick_model(self) -> None:
        """Choose a model of the current provider."""
        await self._begun.wait()
        session = self._session
        if session is None:
            return
        from tui.ui.screens.model_picker import ModelPicker

        name = session.provider.name
        picker = ModelPicker(name, session.model, partial(self._runtime.list_models, name))
        model = await self.app.push_screen_wait(picker)
        if model is not None:
            session.model = model
            self._show_names()
            self._log.refresh_welcome()

    def action_focus_sidebar(self) -> None:
        """Open the sidebar, go to its providers, and knock at them again."""
        self._show_sidebar(True)
        self._sidebar.focus_providers()
        self._check_again()

    def action_edit_prompt(self) -> None:
        """Edit the prompt in the user's editor."""
        from tui.ui.outside import edit_in_editor

        try:
            # Complained of in here: what is raised past it leaves the terminal to the editor for ever.
            with self.app.suspend(), self._notices.complaining():
                self._prompt.write(edit_in_editor(self._prompt.written, os.environ))
        except SuspendNotSupported:
            self._notices.say("This terminal cannot be lent to an editor.")

    async def action_quit(self) -> None:
        """Quit. An answer under way is kept as far as it has come."""
        await self._stop_turn()
        self.app.exit()

    # What is shown around the conversation.

    def _welcome(self, width: int) -> list[Line]:
        session = self._session
        silent = [row.name for row in self._rows.values() if row.reachability == "unreachable"]
        return welcome_lines(
            width,
            provider=session.provider.name if session else "",
            model=session.model if session else "",
            is_demo=session is not None and self._runtime.is_demo(session.provider.name),
            unreachable=silent if self._fell_to_demo else [],
        )

    def _note_check(self, checked: Checked) -> None:
        """Show what came of knocking at a provider."""
        self._rows[checked.name] = row_of(checked)
        # It may be told while the screen is taken apart.
        if self.app.is_running:
            self._show_providers()

    @work(group="check", exclusive=True)
    async def _check_again(self) -> None:
        names = [name for name in self._rows if not self._runtime.is_demo(name)]
        for check in asyncio.as_completed([self._runtime.check(name) for name in names]):
            self._note_check(await check)

    def _show_providers(self) -> None:
        self._sidebar.show_providers(self._rows.values(), self._status.provider)

    @work(group="list", exclusive=True)
    async def _list_conversations(self) -> None:
        await self.show_conversations()

    async def show_conversations(self) -> None:
        """Show which conversations there are, and have their prompts at hand."""
        with self._notices.complaining():
            current = self._session.conversation.id if self._session else ""
            store = self._runtime.conversations
            found = await store.call(lambda kept: kept.recent(_LISTED))
            self._sidebar.show_conversations(found, current, datetime.now().astimezone().date())
            prompts = await store.call(lambda kept: kept.last_prompts(_RECALLED))
            self._prompt.recall = lambda: prompts

    def after_turn(self) -> None:
        """Show what a turn has changed: perhaps the model, the list of conversations, how full the context is."""
        self._show_names()
        self._list_conversations()

    def _show_names(self) -> None:
        session = self._session
        if session is not None:
            self._status.provider, self._status.model = session.provider.name, session.model
            self._status.context = session.context
            said = session.conversation.path
            can_go_on = bool(said) and said[-1].can_go_on
            self._status.notice = (
                f"{self._shown('continue_answer')} goes on · {self._shown('regenerate')} tries again"
                if can_go_on
                else ""
            )
            self._show_providers()
