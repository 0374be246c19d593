"""Which calls in the log wait for the user, and how far those are that run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.ui.log.scrollback import Scrollback
from tui.ui.log.tool_entry import ToolEntry

if TYPE_CHECKING:
    from tui.chat.tool_servers import Elicitation
    from tui.chat.turn import ToolProgress
    from tui.workspace.conversation_tools import ToolQuestion


class AskedCalls:
    """Keeps the entries of tool calls in step with what the user is asked, whichever of them arrives first."""

    def __init__(self, scrollback: Scrollback, update_entry: Callable[[int], None]) -> None:
        """Args:
        scrollback: Has the entries.
        update_entry: Draws an entry again, by its index.
        """
        self.labels: Mapping[str, str] = {}
        """The key of each command that decides, as people write it."""
        self.keys: Mapping[str, str] = {}
        """The command of each key that decides, as Textual names it."""
        self.on_decision: Callable[[str, str, bool], None] = lambda *_: None
        """Called when the user decides: the message of the call, the command, and whether it was clicked."""
        self._scrollback = scrollback
        self._update_entry = update_entry
        self._questions: tuple[ToolQuestion, ...] = ()
        self._rounds: int | None = None
        self._elicitations: Mapping[str, Elicitation] = {}

    def show(
        self, questions: Sequence[ToolQuestion], rounds: int | None, elicitations: Mapping[str, Elicitation]
    ) -> None:
        """Show what the user is asked.

        Args:
            questions: The calls that wait.
            rounds: How many answers with tool calls there were, if the user is asked whether to go on. Else None.
            elicitations: The questions of servers, by the message of the call that runs.
        """
        self._questions, self._rounds, self._elicitations = tuple(questions), rounds, elicitations
        self.assign()

    def assign(self) -> None:
        """Show it in the entries that the log has now."""
        questions = {question.message_id: (number, question) for number, question in enumerate(self._questions, 1)}
        rounds = self._rounds
        for at, entry in self._entries():
            message_id = entry.message.id
            number, question = questions.get(message_id, (1, None))
            # The last call stands for all of them.
            of_limit, rounds = (rounds, None) if entry.message.outcome == "streaming" else (None, rounds)
            wanted = (question, (number, len(questions)), of_limit, self._elicitations.get(message_id))
            if question is None:
                wanted = (None, (1, 1), *wanted[2:])
            if wanted != (entry.question, entry.number, entry.rounds, entry.elicitation):
                entry.labels = self.labels
                entry.question, entry.number, entry.rounds, entry.elicitation = wanted
                entry.changed()
                self._update_entry(at)

    def asking(self) -> list[str]:
        """The messages of the calls about which the user is asked, in the order of the log."""
        return [entry.message.id for _, entry in self._entries() if entry.is_asking][::-1]

    def decisions(self, message_id: str) -> tuple[tuple[str, str], ...]:
        """What can be decided about a call: the command of each, and its words. Empty if nothing is asked."""
        return next((entry.decisions for _, entry in self._entries() if entry.message.id == message_id), ())

    def decide(self, message_id: str, command: str, *, is_click: bool = False) -> bool:
        """The user decides about a call. False if that is not what it asks.

        Args:
            message_id: The message of the call.
            command: The command that decides.
            is_click: Whether the words were clicked.
        """
        if command not in dict(self.decisions(message_id)):
            return False
        self.on_decision(message_id, command, is_click)
        return True

    def tick(self, progress: Mapping[str, ToolProgress], now: float) -> None:
        """Show how far the running calls are.

        Args:
            progress: How far each is, by its message.
            now: The time on the clock of the progress, in seconds.
        """
        for at, entry in self._entries():
            found = progress.get(entry.message.id)
            if found is not None or entry.progress is not None:
                entry.progress = found
                entry.seconds = 0.0 if found is None else now - found.began
                entry.changed()
                self._update_entry(at)

    def _entries(self) -> Iterator[tuple[int, ToolEntry]]:
        """The entries of calls since the last prompt, from the last one on."""
        for at in range(len(self._scrollback.entries) - 1, -1, -1):
            entry = self._scrollback.entries[at]
            if isinstance(entry, ToolEntry):
                yield at, entry
            elif entry.message.role == "user":
                return
