"""Which conversation is on the screen: new ones, others, what is written in each, and the list of them."""

from __future__ import annotations

import asyncio
from datetime import datetime

from textual import on, work
from textual.timer import Timer

from tui.chat.conversation import Conversation, ConversationSummary
from tui.runtime import DEMO, Runtime
from tui.ui.desk import Held
from tui.ui.screens.branches import BranchesScreen
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import Sidebar, State

_LISTED = 200
"""Conversations in the sidebar."""

_FOUND = 100
"""Messages that a search shows."""

_FIRST_SHOWN = 50
"""Messages that are shown of a conversation while all of it is read."""

_RECALLED = 200
"""Earlier prompts that can be recalled."""

_SHOWN_OF_A_PROMPT = 40
"""Characters of a prompt that is lined up."""

_DRAFT_S = 0.5
"""How long after the last key what is written is kept."""


class HoldingScreen(BranchesScreen):
    """One conversation after the other on the screen. Leaving one never stops it."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime)
        self.settled = asyncio.Event()
        """Set while it is clear which conversation is on the screen."""
        self.settled.set()
        self._draft_timer: Timer | None = None
        self._filter = ""
        """What the titles in the list are to contain."""

    # Going from one to the other.

    async def hold(self, conversation: Conversation) -> None:
        """Hold another conversation with the provider and model at hand."""
        session = self._session
        name, model = (session.provider.name, session.model) if session else (DEMO, "")
        await self.put(await self.make_held(conversation, name, model))
        await self.show_conversations()

    async def hold_new(self, name: str, model: str = "", *, is_temporary: bool = False) -> None:
        """Hold a new conversation."""
        with self._notices.complaining():
            await self.put(await self.make_held(None, name, model, is_temporary=is_temporary))

    async def put(self, held: Held) -> None:
        """Have a held conversation on the screen, with what was written in it."""
        if held is self._here:
            return
        self.leave()
        self._show_held(held)
        if held.turn is None:
            self._learn_model(held.session)
        if not held.is_temporary:
            self._runtime.conversations.post(lambda kept: kept.set_unread(held.id, unread=False))
        if not (draft := held.draft):
            with self._notices.complaining():
                key = held.draft_key
                draft = (
                    "" if held.is_temporary else await self._runtime.conversations.call(lambda kept: kept.draft(key))
                )
        if draft and held is self._here:
            self._prompt.give_back(draft)

    def _show_held(self, held: Held) -> None:
        self._desk.put(held)
        self.show(held.shown)
        self._watch_turn()
        self.show_names()
        self.show_lined_up()

    def leave(self) -> None:
        """Keep what is written in the conversation on the screen, and take it away."""
        self.stop_editing()
        if (here := self._here) is not None:
            self._stop_draft_timer()
            here.draft = self._prompt.written
            self.keep_draft(here, here.draft)
            self._prompt.write("")

    def show(self, conversation: Conversation) -> None:
        """Show a conversation, unless it is what is shown."""
        if not self._log.shows(conversation):
            self.close_search()
            self.stop_editing()
            self._log.show(conversation, self._welcome)

    async def read_latest(self) -> Conversation | None:
        """The conversation in which something was said last, its end shown at once. None when there is none."""
        with self._notices.complaining():
            if found := await self._runtime.conversations.call(lambda kept: kept.recent(1)):
                return await self._read(found[0].id)
        return None

    async def _read(self, conversation_id: str) -> Conversation:
        """Show a conversation: its end at once, however long it is, and then all of it."""
        store = self._runtime.conversations
        ending = await store.call(lambda kept: kept.load_tail(conversation_id, _FIRST_SHOWN))
        self.leave()
        self._desk.here = None
        self._watch_turn()
        self.show(ending)
        conversation = await store.call(lambda kept: kept.load(conversation_id))
        if conversation.path and conversation.path[-1].outcome == "streaming":
            self._notices.say("Its last answer is still arriving in another llm-tui.")
        return conversation

    @on(Sidebar.ConversationChosen)
    @work(group="switch", exclusive=True)
    async def _switch_conversation(self, message: Sidebar.ConversationChosen) -> None:
        """Hold another conversation."""
        self._prompt.focus()
        await self._begun.wait()
        await self.go_to(message.id)

    @work(group="switch", exclusive=True)
    async def action_search_all(self) -> None:
        """Search in all conversations, and go to what was found."""
        await self.search_all()

    async def search_all(self, words: str = "") -> None:
        """Search in all conversations, and go to what was found.

        Args:
            words: What to look for at first.
        """
        from tui.ui.screens.search import SearchScreen

        await self._begun.wait()
        store = self._runtime.conversations
        found = await self.app.push_screen_wait(
            SearchScreen(lambda wanted: store.call(lambda kept: kept.search(wanted, _FOUND)), words)
        )
        if found is not None:
            await self.go_to(found.conversation_id, found.message_id)

    async def go_to(self, conversation_id: str, message_id: str | None = None) -> None:
        """Have another conversation on the screen; say when it cannot be.

        Args:
            conversation_id: The other.
            message_id: The message to go to. None for the end.
        """
        with self._notices.complaining():
            if self._here is None or self._here.id != conversation_id:
                await self._put_there(conversation_id)
            if (here := self._here) is not None and message_id is not None:
                conversation = here.session.conversation
                is_elsewhere = message_id not in {said.id for said in conversation.path}
                if message_id in conversation.messages and is_elsewhere and here.turn is None:
                    self._go_to(here.session, conversation.through(message_id))
                self._log.select(message_id)
                self._log.focus()
            await self.show_conversations()

    async def _put_there(self, conversation_id: str) -> None:
        before = self._here
        self.settled.clear()
        try:
            held = self._desk.find(conversation_id)
            if held is None:
                conversation = await self._read(conversation_id)
                fallback = before.session.provider.name if before else DEMO
                name = conversation.provider if conversation.provider in self._rows else fallback
                held = await self.make_held(conversation, name)
            await self.put(held)
        finally:
            if self._here is None and before is not None:
                # It could not be read, or is not wanted any more: what was there before is there again.
                self._show_held(before)
                self._prompt.give_back(before.draft)
            self.settled.set()

    @work(group="switch", exclusive=True)
    async def action_new_conversation(self) -> None:
        """Begin a new conversation with the same provider and model."""
        await self.begin_new()

    async def begin_new(self) -> None:
        """Begin a new conversation, unless this one is."""
        self._prompt.focus()
        if (here := self._here) is not None and (here.session.conversation.messages or here.is_temporary):
            await self.begin_anew()
            await self.show_conversations()

    @work(group="switch", exclusive=True)
    async def action_temporary_conversation(self) -> None:
        """Begin a conversation that is not kept."""
        await self.begin_temporary()

    async def begin_temporary(self) -> None:
        """Begin a conversation that is not kept, unless this one is."""
        self._prompt.focus()
        await self._begun.wait()
        if (here := self._here) is not None:
            if here.is_temporary and not here.session.conversation.messages:
                return
            await self.begin_anew(is_temporary=True)
            await self.show_conversations()
            self._notices.say("What is said here is gone when llm-tui ends, unless it is kept after all.")

    async def begin_anew(self, *, is_temporary: bool = False) -> None:
        """Hold a new conversation with the provider and model at hand."""
        if (session := self._session) is not None:
            await self.hold_new(session.provider.name, session.model, is_temporary=is_temporary)

    @work(group="keep", exclusive=True)
    async def action_keep_conversation(self) -> None:
        """Keep a temporary conversation after all."""
        here = self._here
        if here is None or not here.is_temporary:
            self._notices.say("This conversation is kept already.")
            return
        with self._notices.complaining():
            session, store = here.session, self._runtime.conversations
            said = session.conversation.with_message(session.so_far) if session.so_far else session.conversation
            # From here on in this order, with nothing in between: what comes after belongs to who keeps it.
            session.attach_recorder(store)
            here.is_temporary = False
            if said.messages:
                await store.call(lambda kept: kept.add(said))
            self.show_names()
            await self.show_conversations()
            self._notices.say("This conversation is kept from now on.")

    # What is written and not sent.

    @on(PromptBox.Changed)
    def _note_writing(self) -> None:
        self._stop_draft_timer()
        if self._here is not None and self._editing is None:
            self._draft_timer = self.set_timer(_DRAFT_S, self._keep_writing)

    def _keep_writing(self) -> None:
        self._stop_draft_timer()
        if (here := self._here) is not None and self._editing is None:
            self.keep_draft(here, self._prompt.written)

    def _stop_draft_timer(self) -> None:
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None

    # The list.

    @work(group="list", exclusive=True)
    async def _list_conversations(self) -> None:
        await self.show_conversations()

    @on(Sidebar.FilterChanged)
    def _filter_list(self, message: Sidebar.FilterChanged) -> None:
        self._filter = message.text
        self._list_conversations()

    async def show_conversations(self) -> None:
        """Show which conversations there are, and have their prompts at hand."""
        with self._notices.complaining():
            current = self._here.id if self._here else ""
            store, words = self._runtime.conversations, self._filter
            found = await store.call(
                lambda kept: kept.find(words, _LISTED) if words else (*kept.pinned(), *kept.recent(_LISTED))
            )
            rows = {row.id: row for row in found}
            temporary = [] if words else [_row_of(held) for held in self._desk.held if held.is_temporary]
            self._sidebar.show_conversations(
                [*temporary, *rows.values()], current, datetime.now().astimezone().date(), self._states()
            )
            prompts = await store.call(lambda kept: kept.last_prompts(_RECALLED))
            self._prompt.recall = lambda: prompts

    def _states(self) -> dict[str, State]:
        """What goes on in the conversations that are held."""
        states: dict[str, State] = {}
        for held in self._desk.held:
            if held.turn is not None:
                stage = held.session.stage
                states[held.id] = "waiting" if stage is not None and stage.name == "queued locally" else "streaming"
            elif held.is_temporary:
                states[held.id] = "temporary"
        return states

    def note_unseen(self, held: Held) -> None:
        """An answer has ended in a conversation that is not on the screen."""
        ended = held.session.ended
        if ended is None or (ended.error is not None and ended.error.kind == "cancelled"):
            return
        if not held.is_temporary:
            self._runtime.conversations.post(lambda kept: kept.set_unread(held.id, unread=True))
        title = held.session.conversation.title
        self._notices.say(f"{title!r} has {'been answered' if ended.error is None else 'failed'}.")

    def after_turn(self) -> None:
        """Show what a turn has changed: perhaps the model, the list of conversations, how full the context is."""
        self.show_names()
        self._list_conversations()

    def show_lined_up(self) -> None:
        """Show what is lined up in the conversation on the screen, above where the next is written."""
        here = self._here
        if self._editing is not None:
            title = f"Editing a prompt · {self._shown('cancel_stream')} leaves it as it was"
        elif here is not None and here.lined_up:
            first, more = here.lined_up[0], len(here.lined_up) - 1
            words = " ".join(first.again.split())
            words = words if len(words) <= _SHOWN_OF_A_PROMPT else words[: _SHOWN_OF_A_PROMPT - 1] + "…"
            title = f"Next: {words}{f' (+{more})' if more else ''} · ↑ takes it back"
        else:
            title = ""
        self._prompt.say_above(title)


def _row_of(held: Held) -> ConversationSummary:
    conversation = held.session.conversation
    return ConversationSummary(
        conversation.id, conversation.title or "Temporary", 0.0, held.session.provider.name, held.session.model
    )
