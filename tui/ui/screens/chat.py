"""The main screen: sidebar, log, prompt, status. It arranges, runs turns, and passes on what the user meant."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from tui.chat.conversation import Conversation
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.runtime import DEMO, Checked, Runtime
from tui.session import Session, TurnStream
from tui.store.conversations import ConversationStore
from tui.ui.actions import bindings_for, keys_of, shown_keys
from tui.ui.frames import frames
from tui.ui.markdown.lines import Line
from tui.ui.reach import row_of
from tui.ui.turn_watch import TurnWatch
from tui.ui.welcome import welcome_lines
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import ProviderRow, Sidebar
from tui.ui.widgets.status_bar import StatusBar

_WIDE = 100
"""Columns from which on the sidebar is shown without being asked for."""

_TICK_S = 0.25
"""How often the seconds of a turn are looked at."""

_LOOK_TICKS = 4
"""Ticks between two questions to a server that keeps us waiting."""


_LISTED = 200
"""Conversations in the sidebar."""

_RECALLED = 200
"""Earlier prompts that can be recalled."""


class ChatScreen(Screen[None]):
    """The conversation, and everything around it."""

    CSS_PATH = "chat.tcss"
    AUTO_FOCUS = "PromptBox"
    BINDINGS: ClassVar = bindings_for("anywhere")

    class Ready(Message):
        """Posted when the prompt takes keys."""

    def __init__(self, runtime: Runtime, *, model: str = "", resume: bool = False) -> None:
        """Args:
        runtime: What stands below.
        model: The model to begin with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        """
        super().__init__()
        self._runtime = runtime
        self._wanted_model = model
        self._resumes = resume
        self._session: Session | None = None
        self._begun = asyncio.Event()
        """Set once there is somebody to talk to, or it is known that there is not."""
        self._turn: Worker[None] | None = None
        self._watch = TurnWatch()
        self._ticks = 0
        self._rows = {name: ProviderRow(name) for name in runtime.provider_names}
        self._sidebar_wanted: bool | None = None
        """Whether the user wants it. None leaves it to the width."""

    def compose(self) -> ComposeResult:
        """Sidebar at the left; log, status and prompt at the right."""
        with Horizontal():
            yield Sidebar()
            with Vertical(id="conversation"):
                yield MessageLog()
                yield StatusBar()
                yield PromptBox(self._keys("send"), self._keys("new_line"), placeholder="Ask something")

    def on_mount(self) -> None:
        """Take keys, and begin."""
        self._log = self.query_one(MessageLog)
        self._prompt = self.query_one(PromptBox)
        self._status = self.query_one(StatusBar)
        self._sidebar = self.query_one(Sidebar)
        self._prompt.border_subtitle = "F1 help · F3 providers · F4 models"
        self._ticker = self.set_interval(_TICK_S, self._tick, pause=True)
        self._runtime.on_store_error = self._complain
        self.app.app_resume_signal.subscribe(self, lambda _: self._repaint())
        self._prompt.focus()
        self.post_message(self.Ready())
        # First the screen, then what the first request needs.
        self.call_after_refresh(self._begin)

    def on_resize(self, event: events.Resize) -> None:
        """Show the sidebar where there is room for it, unless the user has said otherwise."""
        self._sidebar.display = event.size.width >= _WIDE if self._sidebar_wanted is None else self._sidebar_wanted

    # Beginning, and going elsewhere.

    @work(group="begin")
    async def _begin(self) -> None:
        """Find somebody to talk to, and what was said before."""
        self._show_providers()
        self._status.notice = "looking for a server…"
        # What was said needs no server to be read.
        conversation = await self._latest() if self._resumes else None
        if conversation is not None:
            self._log.show(conversation, self._welcome)
        name = await self._runtime.choose_provider(self._note_check)
        if conversation is not None and conversation.provider in self._rows and name != DEMO:
            name = conversation.provider
        await self._hold(conversation, name, self._wanted_model)
        self._begun.set()
        await self._show_conversations()
        # Ready for the first answer before it is asked for.
        await asyncio.to_thread(import_module, "tui.ui.markdown.document")

    async def _hold(self, conversation: Conversation | None, name: str, model: str = "") -> None:
        """Hold a conversation, or a new one, with a provider.

        Args:
            conversation: What was said before. None begins a new one.
            name: The provider.
            model: The model. Empty for the one that was used in it, or the usual one.
        """
        if conversation is not None and conversation.provider == name:
            model = model or conversation.model
        model = model or await self._usual_model(name)
        with self._complaining():
            provider = await self._runtime.provider(name)
            self._session = Session(
                provider,
                model,
                conversation,
                send_options=self._runtime.send_options(name),
                find_model=partial(self._runtime.choose_model, name),
                keeper=self._runtime.conversations,
            )
            if not self._log.shows(self._session.conversation):
                self._log.show(self._session.conversation, self._welcome)
            self._show_names()

    async def _usual_model(self, name: str) -> str:
        """The model that a provider is used with. Empty where it cannot be asked now: it is asked again when needed."""
        self._status.provider, self._status.model = name, ""
        self._status.notice = ""
        try:
            model = await self._runtime.choose_model(name)
        except LlmTuiError as error:
            self._note_check(Checked(name, error=error))
            return ""
        if self._runtime.is_demo(name):
            self._note_check(await self._runtime.check(name))
        return model

    async def _latest(self) -> Conversation | None:
        with self._complaining():
            return await self._runtime.conversations.call(ConversationStore.latest)
        return None

    @on(Sidebar.ProviderChosen)
    @work(group="switch", exclusive=True)
    async def _switch_provider(self, message: Sidebar.ProviderChosen) -> None:
        """Go on with another provider, in the same conversation."""
        self._prompt.focus()
        session = self._session
        if session is None:
            return
        name = message.name
        with self._complaining():
            model = await self._usual_model(name)
            find_model = partial(self._runtime.choose_model, name)
            provider = await self._runtime.provider(name)
            session.talk_to(provider, model, self._runtime.send_options(name), find_model)
            self._show_names()
            self._log.refresh_welcome()

    @on(Sidebar.ConversationChosen)
    @work(group="switch", exclusive=True)
    async def _switch_conversation(self, message: Sidebar.ConversationChosen) -> None:
        """Hold another conversation."""
        self._prompt.focus()
        session = self._session
        if session is None or session.conversation.id == message.id:
            return
        await self._stop_turn()
        with self._complaining():
            conversation = await self._runtime.conversations.call(ConversationStore.load, message.id)
            name = conversation.provider if conversation.provider in self._rows else session.provider.name
            await self._hold(conversation, name)
            await self._show_conversations()

    @work(group="switch", exclusive=True)
    async def action_new_conversation(self) -> None:
        """Begin a new conversation with the same provider and model."""
        self._prompt.focus()
        session = self._session
        if session is None or not session.conversation.messages:
            return
        await self._stop_turn()
        await self._hold(None, session.provider.name, session.model)
        await self._show_conversations()

    # Turns.

    @on(PromptBox.Sent)
    @work(group="send")
    async def _send(self, message: PromptBox.Sent) -> None:
        """Send a prompt; as soon as there is somebody to send it to."""
        if self._turn is not None:
            self._say("An answer is still coming: Esc stops it.")
            return
        self._prompt.clear_sent()
        await self._begun.wait()
        if self._session is not None:
            self._start_turn(self._session.send(message.text))

    def _start_turn(self, stream: TurnStream) -> None:
        self._ticks = 0
        self._ticker.resume()
        self._turn = self._run_turn(stream)

    @work(group="turn")
    async def _run_turn(self, stream: TurnStream) -> None:
        """Run a turn to its end, or until it is stopped."""
        session = self._session
        assert session is not None
        buffers = self._runtime.settings_of(session.provider.name).buffers
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
        if ended is None or not self.is_attached:
            return
        self._log.end(ended)
        prompt = session.conversation.messages.get(ended.answer.parent_id or "")
        if ended.error is not None and ended.answer.is_empty and prompt is not None and not self._prompt.text:
            self._prompt.write(prompt.content)
        self._show_names()
        self.run_worker(self._show_conversations(), group="list", exclusive=True)

    async def _stop_turn(self) -> None:
        """Stop the turn under way; return when it is over, and what arrived is kept."""
        if self._turn is not None:
            self._turn.cancel()
            with contextlib.suppress(WorkerError):
                await self._turn.wait()

    def _tick(self) -> None:
        """Let the seconds of the turn show; ask a server that keeps us waiting what it is at."""
        session = self._session
        if session is None or self._turn is None:
            return
        self._ticks += 1
        self._status.meter = self._watch.meter(session.stage, after_stopped=session.is_after_stopped)
        self._log.tick(self._watch.thinking_s)
        if self._ticks % _LOOK_TICKS == 0:
            self.run_worker(session.look(), group="look", exclusive=True)

    # What the log asks for.

    @on(MessageLog.CopyWanted)
    def _copy(self, message: MessageLog.CopyWanted) -> None:
        if not message.text:
            self._say("There is nothing to copy.")
            return
        self.app.copy_to_clipboard(message.text)
        self._say(f"Copied {message.what} ({len(message.text):,} characters).")

    @on(MessageLog.RegenerateWanted)
    def action_regenerate(self) -> None:
        """Ask for another answer to the last prompt."""
        if self._turn is not None:
            self._say("An answer is still coming: Esc stops it.")
        elif self._session is not None and (stream := self._session.regenerate()):
            self._start_turn(stream)

    def action_continue_answer(self) -> None:
        """Have the last answer go on, where it is not finished."""
        if self._turn is not None:
            self._say("An answer is still coming: Esc stops it.")
        elif self._session is not None and (stream := self._session.continue_answer()):
            self._start_turn(stream)
        else:
            self._say(f"There is nothing to go on with: {self._shown('regenerate')} asks again.")

    @on(MessageLog.LinkWanted)
    def _show_link(self, message: MessageLog.LinkWanted) -> None:
        from tui.ui.screens.link import LinkScreen

        def open_it(opens: bool | None) -> None:
            if opens:
                self.app.open_url(message.address)

        self.app.push_screen(LinkScreen(message.address), open_it)

    # Actions.

    def action_cancel_stream(self) -> None:
        """Stop the answer under way; else go back to the prompt."""
        if self._turn is not None:
            self._turn.cancel()
        else:
            self.clear_selection()
            self._prompt.focus()

    def action_copy_or_stop(self) -> None:
        """Copy what is selected; else stop the answer under way; else say how to quit."""
        selected = self.get_selected_text() or self._prompt.selected_text
        if selected:
            self.app.copy_to_clipboard(selected)
            self._say(f"Copied the selection ({len(selected):,} characters).")
        elif self._turn is not None:
            self._turn.cancel()
        else:
            self._say("Ctrl+Q quits.")

    def action_copy_answer(self) -> None:
        """Copy the last answer, as its source."""
        path = self._session.conversation.path if self._session else ()
        answers = [message.content for message in path if message.role == "assistant"]
        self._copy(MessageLog.CopyWanted(answers[-1] if answers else "", "the last answer"))

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
        with self._complaining():
            await self._runtime.change_settings(changes)
            if (session := self._session) is not None:
                name = session.provider.name
                provider = await self._runtime.provider(name)
                find_model = partial(self._runtime.choose_model, name)
                session.talk_to(provider, session.model, session.send_options, find_model)
            self._say(f"Saved to {path}.")

    @work(group="pick", exclusive=True)
    async def action_pick_model(self) -> None:
        """Choose a model of the current provider."""
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
        self.run_worker(self._check_again(), group="check", exclusive=True)

    def action_toggle_sidebar(self) -> None:
        """Hide the sidebar, or show it."""
        self._show_sidebar(not self._sidebar.display)

    def action_next_area(self) -> None:
        """Go from the prompt to the log, from there to the sidebar, and on to the prompt."""
        self._go(1)

    def action_previous_area(self) -> None:
        """The same the other way round."""
        self._go(-1)

    def action_edit_prompt(self) -> None:
        """Edit the prompt in the user's editor."""
        from tui.ui.outside import edit_in_editor

        with self._complaining(), self.app.suspend():
            edited = edit_in_editor(self._prompt.written, os.environ)
            self.call_later(self._prompt.write, edited)

    def action_page_up(self) -> None:
        """Scroll the log up."""
        self._log.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        """Scroll the log down."""
        self._log.scroll_page_down(animate=False)

    def action_scroll_top(self) -> None:
        """Go to the beginning of the log."""
        self._log.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """Go to the end of the log, and follow it."""
        self._log.follow()

    def _repaint(self) -> None:
        """Draw everything again: somebody else has had the terminal."""
        for widget in self.walk_children(with_self=True):
            widget.refresh()

    def action_suspend(self) -> None:
        """Suspend to the shell."""
        self.app.action_suspend_process()

    async def action_quit(self) -> None:
        """Quit. An answer under way is kept as far as it has come."""
        await self._stop_turn()
        self.app.exit()

    # What is shown around the conversation.

    def _welcome(self, width: int) -> list[Line]:
        session = self._session
        name = session.provider.name if session else ""
        unreachable = [
            f"{row.name}" for row in self._rows.values() if row.reachability == "unreachable" and row.name != name
        ]
        return welcome_lines(
            width,
            provider=name,
            model=session.model if session else "",
            is_demo=bool(name) and self._runtime.is_demo(name),
            unreachable=tuple(unreachable),
        )

    def _note_check(self, checked: Checked) -> None:
        """Show what came of knocking at a provider."""
        self._rows[checked.name] = row_of(checked)
        if self.is_attached:
            self._show_providers()

    async def _check_again(self) -> None:
        names = [name for name in self._rows if not self._runtime.is_demo(name)]
        for check in asyncio.as_completed([self._runtime.check(name) for name in names]):
            self._note_check(await check)

    def _show_providers(self) -> None:
        self._sidebar.show_providers(self._rows.values(), self._status.provider)

    async def _show_conversations(self) -> None:
        with self._complaining():
            current = self._session.conversation.id if self._session else ""
            store = self._runtime.conversations
            self._sidebar.show_conversations(await store.call(ConversationStore.recent, _LISTED), current)
            prompts = await store.call(ConversationStore.last_prompts, _RECALLED)
            self._prompt.recall = lambda: prompts

    def _show_names(self) -> None:
        session = self._session
        if session is not None:
            self._status.provider, self._status.model = session.provider.name, session.model
            said = session.conversation.path
            can_go_on = bool(said) and said[-1].can_go_on
            self._status.notice = (
                f"{self._shown('continue_answer')} goes on · {self._shown('regenerate')} tries again"
                if can_go_on
                else ""
            )
            self._show_providers()

    def _show_sidebar(self, shown: bool) -> None:
        self._sidebar_wanted = shown
        self._sidebar.display = shown
        if not shown and self._sidebar.has_focus_within:
            self._prompt.focus()

    def _shown(self, action: str) -> str:
        return shown_keys(self._keys(action))

    def _keys(self, action: str) -> str:
        return keys_of(action, self._runtime.settings.keys)

    def _go(self, by: int) -> None:
        areas = [self._prompt, self._log, *(self._sidebar.areas if self._sidebar.display else ())]
        at = next((at for at, area in enumerate(areas) if area.has_focus), 0)
        areas[(at + by) % len(areas)].focus()

    @contextlib.contextmanager
    def _complaining(self) -> Iterator[None]:
        """Show an error that belongs to no turn."""
        try:
            yield
        except LlmTuiError as error:
            self._complain(error)

    def _complain(self, error: LlmTuiError) -> None:
        self.notify(f"{safe_line(str(error))} {safe_line(error.hint)}", severity="error", markup=False, timeout=10)

    def _say(self, words: str) -> None:
        self.notify(safe_line(words), markup=False, timeout=3)
