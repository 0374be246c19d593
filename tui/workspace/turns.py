"""When each prompt is sent: immediately, or after the running answer. A prompt that failed returns to the composer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.chat.context import may_not_fit
from tui.runtime import Runtime
from tui.workspace.archive import Archive
from tui.workspace.drafts import DraftSaver
from tui.workspace.events import DetailsChanged, Events, ListChanged, PromptReturned, QueueChanged, TurnFinished
from tui.workspace.keys import Keys
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.prompt import Prompt
from tui.workspace.tasks import StartTask
from tui.workspace.titles import TitleGenerator
from tui.workspace.turn_runner import TurnRunner, TurnSink

if TYPE_CHECKING:
    from tui.session.session import TurnStream


class Turns:
    """Sends prompts, one turn at a time in each conversation."""

    def __init__(
        self,
        runtime: Runtime,
        archive: Archive,
        drafts: DraftSaver,
        titles: TitleGenerator,
        events: Events,
        keys: Keys,
        *,
        start_task: StartTask,
        sink: TurnSink,
        current: Callable[[], OpenConversation | None],
        on_finished: Callable[[OpenConversation], None],
    ) -> None:
        """Args:
        runtime: Has the settings.
        archive: Told which conversations have unread answers.
        drafts: Saves queued prompts until they are sent.
        titles: Makes titles after first answers.
        events: Told what happened.
        keys: Names the keys in messages.
        start_task: Starts the turns.
        sink: Shows the turns.
        current: Returns the current conversation.
        on_finished: Called when a turn is over and the next one, if any, has started.
        """
        self._runtime = runtime
        self._archive = archive
        self._drafts = drafts
        self._titles = titles
        self._events = events
        self._keys = keys
        self._current = current
        self._on_finished = on_finished
        self._runner = TurnRunner(
            start_task, sink, events, buffers_for=runtime.buffers_for, on_finished=self._handle_finished
        )

    def send(self, conversation: OpenConversation, prompt: Prompt) -> None:
        """Send a prompt, or queue it behind the running answer."""
        if conversation.is_running:
            # What is chosen from now on is for the prompts that follow.
            settings = prompt.settings or conversation.session.settings
            conversation.queue.append(prompt._replace(settings=settings))
            self._queue_changed(conversation)
            return
        session = conversation.session
        if may_not_fit(session.context, prompt.text) and not session.was_cut:
            configured = self._runtime.settings.providers.get(session.provider.name)
            can_refuse = configured is not None and configured.type == "ollama"
            hint = " Use /set truncate=false to get an error instead." if can_refuse else ""
            self._events.notify(f"This may exceed the model's context; the server may drop the oldest messages.{hint}")
        self._send(conversation, prompt)

    def send_edited(self, conversation: OpenConversation, prompt: Prompt, message_id: str) -> None:
        """Send a prompt in the place of an earlier one; return it while an answer is streaming."""
        if conversation.is_running:
            self._events.emit(PromptReturned(prompt.original_text, message_id))
            self.notify_still_streaming()
        else:
            self.start(conversation, conversation.session.edit(message_id, prompt.text, prompt.images))
            conversation.started_prompt = prompt.original_text

    def start(self, conversation: OpenConversation, stream: TurnStream, provider_name: str = "") -> None:
        """Run a turn.

        Args:
            conversation: The conversation.
            stream: The turn.
            provider_name: The provider that answers. Empty for that of the session.
        """
        # A new prompt cancels title generation: the server would answer one after the other.
        self._titles.cancel()
        conversation.started_prompt = ""
        self._runner.start(conversation, stream, provider_name or conversation.session.provider.name)

    def regenerate(self, conversation: OpenConversation, message_id: str | None = None) -> bool:
        """Ask for another answer. False when there is no prompt to answer.

        Args:
            conversation: The conversation.
            message_id: The answer or its prompt. None for the last one.
        """
        if conversation.is_running:
            self.notify_still_streaming()
        elif stream := conversation.session.regenerate(message_id):
            self.start(conversation, stream)
        else:
            return False
        return True

    def continue_answer(self, conversation: OpenConversation) -> None:
        """Continue the last answer if it is incomplete."""
        if conversation.is_running:
            self.notify_still_streaming()
        elif stream := conversation.session.continue_answer():
            self.start(conversation, stream)
        else:
            can_regenerate = bool(conversation.session.conversation.messages)
            hint = f". {self._keys.press('regenerate')} to regenerate" if can_regenerate else " yet"
            self._events.notify(f"Nothing to continue{hint}.")

    def unqueue_last(self, conversation: OpenConversation) -> str | None:
        """Take the last queued prompt back. None when none is queued."""
        if not conversation.queue:
            return None
        prompt = conversation.queue.pop()
        self._queue_changed(conversation)
        return prompt.original_text

    def stop(self, conversation: OpenConversation) -> bool:
        """Stop the running answer. False when none runs."""
        return self._runner.stop(conversation)

    async def stop_and_wait(self, conversation: OpenConversation) -> None:
        """Stop the running answer, and return when what arrived of it is saved."""
        await self._runner.stop_and_wait(conversation)

    def idle_current(self) -> OpenConversation | None:
        """The current conversation. None while an answer is streaming in it, which the user is told."""
        current = self._current()
        if current is not None and current.is_running:
            self.notify_still_streaming()
            return None
        return current

    def notify_still_streaming(self) -> None:
        """Tell the user that an action has to wait for the running answer."""
        self._events.notify(f"An answer is still streaming. {self._keys.press('cancel_stream')} to stop it.")

    def return_prompts(self, conversation: OpenConversation) -> None:
        """Return queued prompts to the composer, and the last prompt when no answer to it arrived."""
        if not self._events.is_open():
            # The program ends: queued prompts are saved as part of the draft.
            return
        texts = [prompt.original_text for prompt in conversation.queue]
        conversation.queue.clear()
        path = conversation.session.conversation.path
        # After tool calls, the turn can continue with their results.
        has_no_answer = len(path) > 1 and path[-2].role == "user" and path[-1].failure is not None and path[-1].is_empty
        if has_no_answer and not self._drafts.text_of(conversation):
            texts.insert(0, path[-2].content)
        if not texts:
            return
        if conversation is self._current():
            self._events.emit(PromptReturned("\n".join(texts)))
        else:
            conversation.draft = "\n".join([*texts, *([conversation.draft] if conversation.draft else [])])
            self._drafts.save(conversation, conversation.draft)
        self._events.emit(QueueChanged(conversation))

    def _send(self, conversation: OpenConversation, prompt: Prompt) -> None:
        # The draft of a conversation without messages is that of the next new one, so its first prompt deletes it.
        self._drafts.save(conversation, self._drafts.text_of(conversation) if conversation.draft_key else "")
        settings = prompt.settings or conversation.session.settings
        stream = conversation.session.send(prompt.text, prompt.images, settings=settings)
        self.start(conversation, stream, settings.provider.name)
        conversation.started_prompt = prompt.original_text
        self._events.emit(QueueChanged(conversation))

    def _queue_changed(self, conversation: OpenConversation) -> None:
        self._drafts.save(conversation, self._drafts.text_of(conversation))
        self._events.emit(QueueChanged(conversation), ListChanged())

    def _handle_finished(self, conversation: OpenConversation) -> None:
        ended = conversation.session.last_turn
        if ended is None:
            return
        self._events.emit(TurnFinished(conversation, ended))
        if not conversation.is_compared:
            if conversation is not self._current():
                self._mark_unread(conversation)
            if ended.error is None and conversation.queue:
                self._send(conversation, conversation.queue.popleft())
            else:
                self.return_prompts(conversation)
            if self._runtime.settings.model_titles:
                self._titles.consider(conversation)
        self._on_finished(conversation)
        self._events.emit(DetailsChanged(), ListChanged())

    def _mark_unread(self, conversation: OpenConversation) -> None:
        ended = conversation.session.last_turn
        if ended is None or (ended.error is not None and ended.error.kind == "cancelled"):
            return
        if not conversation.is_temporary:
            self._archive.post_unread(conversation.id, unread=True)
        title = conversation.session.conversation.title
        self._events.notify(f"{title!r} {'has a new answer' if ended.error is None else 'failed'}.")
