"""Shows running turns in a log: what arrives, how far they are, and how they end."""

from __future__ import annotations

from collections.abc import Callable

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import TurnStarted, TurnUpdate
from tui.ui.log import turns
from tui.ui.log.entries import AnswerEntry, Entry
from tui.ui.log.scrollback import Scrollback
from tui.workspace.turn_stats import TurnProgress


class TurnLog:
    """Owns what the messages of turns do not say: times of thinking, and what can be done about a failure."""

    def __init__(
        self,
        scrollback: Scrollback,
        update_entry: Callable[[int], None],
        update_last_entry: Callable[[], None],
        *,
        only_answers: bool,
    ) -> None:
        """Args:
        scrollback: Has the entries.
        update_entry: Draws an entry again, by its index.
        update_last_entry: Draws the last entry again, after entries were added or removed.
        only_answers: Whether only an answer is shown, because prompt and model stand elsewhere.
        """
        self.has_motion = True
        """Whether the sign for an awaited answer moves."""
        self.failure_actions: turns.ActionsFor = lambda _: ()
        """Returns what can be done about a failure of the last answer: key, words, command."""
        self._scrollback = scrollback
        self._update_entry = update_entry
        self._update_last_entry = update_last_entry
        self._only_answers = only_answers
        self._thinking_s: dict[str, float] = {}
        """Seconds of thinking, by the id of the answer. They are not saved: entries are made anew, times are not."""

    def restore_times(self, entries: list[Entry]) -> None:
        """Give entries that were made anew the times of their answers."""
        for entry in entries:
            if isinstance(entry, AnswerEntry):
                entry.thinking_s = self._thinking_s.get(entry.message.id)

    def keep_thinking_times(self, other: TurnLog) -> None:
        """Know how long the answers in another log thought, for when they are shown here."""
        self._thinking_s.update(other._thinking_s)

    def apply(self, update: TurnUpdate, selected: ChatMessage | None, marked: int | None) -> int | None:
        """Show an update of a turn. The entries are not drawn yet.

        Args:
            update: What happened.
            selected: The selected message. None if none is.
            marked: The index of its entry. None if none is.

        Returns:
            The index of the entry that is selected now. None for none.
        """
        turns.apply(self._scrollback, update, only_answer=self._only_answers)
        if not isinstance(update, TurnStarted):
            return marked
        self.offer_actions()
        return turns.selected_after(self._scrollback, selected, update)

    def end(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Show how a turn ended. Needed for a stopped turn, whose last updates may never have been applied.

        Args:
            conversation: The conversation with the answer in its final state.
            answer: The answer.
        """
        path = conversation.path if conversation.path[-1].role == "tool" else conversation.at(answer.id).path
        start = max(at for at, message in enumerate(path) if message.role == "user")
        turns.end(self._scrollback, path[start:], only_answer=self._only_answers)
        if not self._only_answers:
            turns.count_versions(self._scrollback, conversation)
        self.offer_actions()
        self._update_last_entry()

    def note(self, answer_id: str, text: str) -> None:
        """Show a remark below an answer.

        Args:
            answer_id: The id of the answer. Nothing happens if the log does not show it.
            text: The remark.
        """
        for at, entry in enumerate(self._scrollback.entries):
            if isinstance(entry, AnswerEntry) and entry.message.id == answer_id:
                entry.note = text
                entry.changed()
                self._update_entry(at)

    def tick(self, progress: TurnProgress | None, thinking_s: float | None) -> None:
        """Update the progress of the answer that is streaming.

        Args:
            progress: How the turn is doing. None when it is over.
            thinking_s: The seconds of thinking so far. None if unknown.
        """
        live = self._scrollback.live
        if live is not None and progress is not None:
            live.thinking_s = thinking_s
            live.progress = progress
            live.moves = self.has_motion
            if thinking_s is not None:
                self._thinking_s[live.message.id] = thinking_s
            live.changed()
            self._update_last_entry()

    def offer_actions(self) -> None:
        """Show what can be done about a failure in the last entry, and in no other."""
        turns.offer_actions(self._scrollback, self.failure_actions)
