"""The open conversations: which of them is current, and what it is sent with.

Conversations are changed by the parts of the workspace alone: `editor`, `turns` and `deletions`. What changed is
reported through `events` at the moment it happens, so that keys typed next act on what is shown.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui.chat import ids
from tui.chat.conversation import Conversation
from tui.errors import LlmTuiError
from tui.runtime import DEMO, Runtime
from tui.workspace.archive import Archive
from tui.workspace.conversation_editor import ConversationEditor
from tui.workspace.conversation_factory import ConversationFactory
from tui.workspace.conversation_tools import ToolWorkspace
from tui.workspace.deletions import Deletions
from tui.workspace.drafts import DraftSaver
from tui.workspace.events import (
    CurrentChanged,
    CurrentLeaving,
    CurrentLeft,
    DetailsChanged,
    Events,
    ListChanged,
    MessageFound,
    PromptReturned,
    SettingsChanged,
    TailLoaded,
    TailRequested,
)
from tui.workspace.keys import Keys
from tui.workspace.library import Library
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.open_conversations import OpenConversations
from tui.workspace.prompt import Prompt
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.switching import Switching
from tui.workspace.tasks import StartTask
from tui.workspace.titles import TitleGenerator
from tui.workspace.turn_runner import TurnSink
from tui.workspace.turns import Turns

if TYPE_CHECKING:
    from tui.store.importer import ImportSummary


class Workspace:
    """Which conversations are open and which one is current. Leaving a conversation never stops it."""

    def __init__(
        self,
        runtime: Runtime,
        directory: ProviderDirectory,
        library: Library,
        events: Events,
        *,
        start_task: StartTask,
        sink: TurnSink,
        unsent_text: Callable[[], str],
        keys: Keys | None = None,
    ) -> None:
        """Args:
        runtime: Settings, providers and the store.
        directory: What is known about the providers.
        library: Reads the saved conversations.
        events: Told what changed.
        start_task: Starts turns and background tasks.
        sink: Shows running turns.
        unsent_text: Returns the text in the composer, which is the draft of the current conversation.
        keys: Say how the user runs a command. None for the keys of the config.
        """
        self.keys = keys or Keys(runtime.settings.keys)
        self._runtime = runtime
        self._directory = directory
        self._library = library
        self._events = events
        self._start_task = start_task
        self._open = OpenConversations()
        self._archive = Archive(runtime)
        self.factory = ConversationFactory(runtime, self._archive)
        """Connects conversations to providers."""
        self.editor = ConversationEditor(self._open, self._archive, events)
        """Changes open conversations."""
        self._drafts = DraftSaver(self._archive, library, events, lambda: self.current, unsent_text)
        self.turns = Turns(
            runtime,
            self._archive,
            self._drafts,
            TitleGenerator(start_task, self._archive, events, self.editor.show_title),
            events,
            self.keys,
            start_task=start_task,
            sink=sink,
            current=lambda: self.current,
            on_finished=lambda _: self._open.close_idle(),
        )
        """Sends prompts and stops answers."""
        self.tools = ToolWorkspace(
            runtime,
            self._archive,
            events,
            self.change_settings,
            self._open,
            self.editor.use_tools,
        )
        """Which tools are on, and who decides about their calls."""
        self.deletions = Deletions(
            self._open,
            self._archive,
            library,
            directory,
            self.factory,
            self.editor,
            self.turns,
            events,
            self.keys,
            self._activate_new,
        )
        """Deletes messages and conversations, and restores them."""
        self._switching = Switching()
        self._loading_key = ""
        """The conversation that is being loaded while none is current, by its id. Empty for a new one."""

    # Which conversations are open.

    @property
    def current(self) -> OpenConversation | None:
        """The conversation on screen. None while one is being loaded, and until the first provider is chosen."""
        return self._open.current

    @property
    def open_conversations(self) -> tuple[OpenConversation, ...]:
        """All open conversations, in the order in which they were opened."""
        return tuple(self._open)

    @property
    def running(self) -> tuple[OpenConversation, ...]:
        """Those with a running turn, answers that are compared included."""
        return self._open.running

    async def activate(self, conversation: OpenConversation) -> None:
        """Make a conversation the current one, with its draft in the composer."""
        if conversation is self.current:
            return
        self._leave()
        self._set_current(conversation)
        if not conversation.is_running:
            self._start_task(partial(self._find_model, conversation), "find model")
        if not conversation.is_temporary:
            self._archive.post_unread(conversation.id, unread=False)
        draft = await self._drafts.load(conversation)
        if draft and conversation is self.current:
            self._events.emit(PromptReturned(draft))

    async def open(self, conversation_id: str, message_id: str | None = None, words: tuple[str, ...] = ()) -> None:
        """Make a saved conversation the current one.

        Args:
            conversation_id: The conversation.
            message_id: The message to go to. None for the end.
            words: The words in the message that were searched for.

        Raises:
            LlmTuiError: When it cannot be opened. The current conversation stays.
        """
        if self.current is None or self.current.id != conversation_id:
            try:
                await self._switch_to(conversation_id)
            except LlmTuiError:
                # Another window may have deleted it.
                self._events.emit(ListChanged())
                raise
        if (current := self.current) is not None and message_id is not None:
            conversation = current.session.conversation
            is_on_path = any(message.id == message_id for message in conversation.path)
            if message_id in conversation.messages and not is_on_path and not current.is_running:
                self.editor.show_path(current, conversation.through(message_id))
            self._events.emit(MessageFound(message_id, words))
        self._events.emit(ListChanged())

    async def load_latest(self) -> Conversation | None:
        """The conversation that was active last, its tail shown at once. None when there is none."""
        return await self._load(latest) if (latest := await self._library.latest_id()) else None

    async def new(self, *, is_temporary: bool = False) -> None:
        """Start a new conversation with the current provider and model, unless the current one is still new."""
        current = self.current
        if current is None or (not current.session.conversation.messages and current.is_temporary == is_temporary):
            return
        await self._activate_new(self.factory.create_like(current, is_temporary=is_temporary))
        self._events.emit(ListChanged())
        if is_temporary:
            key = self.keys.label("keep_conversation")
            self._events.notify(f"Temporary conversation: discarded on exit unless you save it ({key}).")

    async def switched(self) -> None:
        """Wait until it is clear which conversation is current."""
        await self._switching.settled()

    async def close(self) -> None:
        """Stop all turns. What arrived of running answers is saved; `save_unsent` saves the drafts."""
        for conversation in self.running:
            await self.turns.stop_and_wait(conversation)

    async def _activate_new(self, making: Awaitable[OpenConversation]) -> None:
        """Make a conversation, and make it the current one."""
        with self._switching.under_way():
            await self.activate(await making)

    async def _switch_to(self, conversation_id: str) -> None:
        previous = self.current
        with self._switching.under_way():
            try:
                target = self._open.find(conversation_id)
                if target is None:
                    conversation = await self._load(conversation_id)
                    fallback = previous.session.provider.name if previous else DEMO
                    name = conversation.provider if conversation.provider in self._directory.names else fallback
                    target = await self.factory.create(name, conversation=conversation)
                await self.activate(target)
            finally:
                if self.current is None and previous is not None:
                    # Loading failed, or another switch came in between.
                    self._set_current(previous)
                    if previous.draft:
                        self._events.emit(PromptReturned(previous.draft))

    async def _load(self, conversation_id: str) -> Conversation:
        """Load a conversation; its tail is shown first, however long it is."""
        # What is typed from now on is for the conversation that is being loaded.
        self._leave()
        self._open.leave_current()
        self._loading_key = conversation_id
        self._events.emit(CurrentChanged(None), TailRequested())
        self._events.emit(TailLoaded(await self._library.tail(conversation_id)))
        conversation = await self._library.load(conversation_id)
        if any(message.outcome == "streaming" for message in conversation.path):
            self._events.notify("Another llm-tui window is still streaming its last answer.")
        return conversation

    def _leave(self) -> None:
        """Save the draft of the current conversation."""
        self._drafts.cancel()
        if self.current is not None:
            self._events.emit(CurrentLeaving())
            self.current.draft = self._drafts.text_of(self.current)
            self._drafts.save(self.current, self.current.draft)
            self._events.emit(CurrentLeft())

    def _set_current(self, conversation: OpenConversation) -> None:
        self.tools.attach(conversation)
        self._open.set_current(conversation)
        self._loading_key = ""
        self._events.emit(CurrentChanged(conversation))

    # Turns.

    def send(self, prompt: Prompt, *, editing: str | None = None) -> None:
        """Send a prompt in the current conversation, or queue it behind the running answer.

        Args:
            prompt: The prompt.
            editing: The earlier prompt that it replaces, by its id.
        """
        current = self.current
        if current is None:
            self._events.emit(PromptReturned(prompt.original_text, editing))
            self._events.notify(f"No provider selected. {self.keys.press('focus_sidebar')} to choose one.")
        elif editing is not None and editing in current.session.conversation.messages:
            self.turns.send_edited(current, prompt, editing)
        else:
            self.turns.send(current, prompt)

    def stop_turn(self) -> bool:
        """Stop the running answer of the current conversation. False when none runs."""
        return self.current is not None and self.turns.stop(self.current)

    def unqueue_last(self) -> str | None:
        """Take the last queued prompt of the current conversation back. None when none is queued."""
        return None if self.current is None else self.turns.unqueue_last(self.current)

    def draft_changed(self) -> None:
        """The text in the composer changed."""
        self._drafts.save_soon()

    def save_unsent(self, waiting: Sequence[str]) -> None:
        """The program ends: save what was not sent as the draft of its conversation.

        Args:
            waiting: Texts that were submitted and not handled, in order.
        """
        self._drafts.save_at_exit(waiting, self._loading_key)

    # Versions and forks.

    def show_version(self, message_id: str, by: int) -> None:
        """Go to another version of a message.

        Args:
            message_id: The message.
            by: 1 for the next version, -1 for the previous one.
        """
        if (current := self.turns.idle_current()) is None:
            return
        conversation = current.session.conversation
        version = conversation.version_beside(message_id, by)
        if version is not None:
            self.editor.show_path(current, conversation.through(version), version)

    async def fork(self, message_id: str) -> None:
        """Start a conversation of its own with everything up to a message."""
        if (current := self.turns.idle_current()) is None:
            return
        session = current.session
        with self._switching.under_way():
            title = await self._library.fork_title(session.conversation.title)
            fork = session.conversation.forked(message_id, title, ids.new_id, time.time())
            await self._archive.add(fork)
            await self.activate(await self.factory.create(session.provider.name, session.model, fork))
        self._events.emit(ListChanged())
        self._events.notify(f"Forked into {fork.title!r}.")

    # Whole conversations.

    async def toggle_pin(self, conversation_id: str) -> None:
        """Pin a conversation to the top of the list, or unpin it."""
        await self._archive.set_pinned(conversation_id, pinned=not await self._library.is_pinned(conversation_id))
        self._events.emit(ListChanged())

    async def import_conversations(self, conversations: Sequence[Conversation]) -> ImportSummary:
        """Save imported conversations. What is in the store is never overwritten."""
        summary = await self._archive.import_conversations(conversations)
        self._events.emit(ListChanged())
        return summary

    # Providers and settings.

    async def use_provider(self, name: str, model: str = "") -> None:
        """Use another provider in the current conversation, from the next turn on.

        Args:
            name: The provider.
            model: The model. Empty for the provider's usual one.

        Raises:
            LlmTuiError: When the provider does not exist, or its settings cannot be used.
        """
        if (current := self.current) is None:
            await self._activate_new(self.factory.create(name))
            return
        link = await self.factory.connect(name)
        self._directory.chosen_by_user()
        self.editor.connect(current, link, model)
        self._start_task(partial(self._find_model, current), "find model")

    async def change_settings(self, changes: Mapping[str, object], renamed: Mapping[str, str] | None = None) -> None:
        """Write changed settings to the config file, and use them from the next request on.

        The arguments are those of `Runtime.change_settings`. Conversations stay with renamed providers.
        With no changes, only what changed in the file is used.

        Raises:
            ConfigError: When the file cannot be written, or not be read with them.
        """
        renamed = renamed or {}
        before = self._runtime.settings
        await self._runtime.change_settings(changes, renamed)
        self._events.emit(SettingsChanged(before))
        self._directory.reload(renamed)
        for conversation in self.open_conversations:
            link, queued = await self.factory.links_of(conversation, renamed)
            self.editor.reconnect(conversation, link, queued, renamed)
        self.tools.refresh()

    async def _find_model(self, conversation: OpenConversation) -> None:
        """Find the provider's usual model. A prompt that is sent before finds it itself."""
        session = conversation.session
        if self._directory.is_demo(name := session.provider.name):
            await self._directory.probe(name)
        model = "" if session.model else await self._directory.find_model(name)
        if model and session.provider.name == name and not session.model:
            self.editor.use_model(conversation, model)

    def begin_comparison(self, answers: Sequence[OpenConversation]) -> None:
        """Several answers to one prompt are about to stream side by side. All are the same conversation."""
        self._open.compare(answers)

    def end_comparison(self, origin: OpenConversation, chosen: OpenConversation) -> None:
        """Replace a conversation by one of the compared answers; the others stay as its versions."""
        self.editor.join_compared(origin, chosen)
        self._open.compare(())
        self._open.drop(origin.id)
        # Not `activate`: the text in the composer stays.
        self._set_current(chosen)
        self._events.emit(DetailsChanged(), ListChanged())
