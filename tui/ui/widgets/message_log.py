"""The message log: shows a conversation and its running turn; messages can be selected, searched and acted on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from textual import events, work
from textual.message import Message
from textual.strip import Strip

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import TurnStarted, TurnUpdate
from tui.ui.key_bindings import bindings_for
from tui.ui.log import turns
from tui.ui.log.entries import AnswerEntry, WelcomeEntry, entry_for
from tui.ui.log.paint import restyled
from tui.ui.log.search import Count, Hit, Search
from tui.ui.markdown.lines import Line, Look
from tui.ui.widgets.line_view import MARGIN, LineView

if TYPE_CHECKING:
    from tui.ui.markdown.render import CodeBlock

_SLICE_S: Final = 0.008
"""How long a search runs before it lets keys and frames through, in seconds."""


_ACTIONS: Final = {
    "select_previous": "select_previous",
    "select_next": "select_next",
    "copy_message": "copy_message",
    "copy_code": "copy_code",
    "fold": "fold",
    "edit_message": "edit_message",
    "regenerate_selected": "regenerate",
    "previous_version": "show_version(-1)",
    "next_version": "show_version(1)",
    "fork": "fork",
    "delete_message": "delete_message",
    "undelete": "undo_delete",
}
"""The action of each command that works in the log."""


class MessageLog(LineView):
    """Every message of a conversation, each made into lines once for each width, and only near the view.

    It follows the tail until the reader scrolls up, and then stays exactly where
    the reader is, whatever arrives below.
    """

    BINDINGS: ClassVar = [
        *bindings_for("log", _ACTIONS),
    ]

    @dataclass
    class UpdatesReceived(Message):
        """Posted with what happened in a turn since the last one: at most once a frame."""

        updates: tuple[TurnUpdate, ...]

        applied: asyncio.Future[None]
        """Done when the log has applied them. The sender waits for it: a queue of messages has no bound."""

        shown: object
        """What the log showed when they were posted: they do not belong to any other conversation."""

    @dataclass
    class CopyRequested(Message):
        """Posted when the user copies a text."""

        text: str
        label: str
        """What the text is, for the confirmation: `the message`."""

    @dataclass
    class CopyCodeRequested(Message):
        """Posted when the user copies a code block."""

        blocks: list[CodeBlock]
        """All code blocks of the message. May be empty."""

    @dataclass
    class SearchProgressed(Message):
        """Posted while a search runs, and when it is done."""

        count: Count
        is_done: bool

    @dataclass
    class EditRequested(Message):
        """Posted when the user wants to edit a prompt."""

        message_id: str
        """The prompt, or its answer."""

    @dataclass
    class RegenerateRequested(Message):
        """Posted when the user wants another answer."""

        message_id: str
        """The answer, or its prompt."""

    @dataclass
    class VersionRequested(Message):
        """Posted when the user goes to another version of a message."""

        message_id: str
        by: int
        """1 for the next version, -1 for the previous one."""

    @dataclass
    class ForkRequested(Message):
        """Posted when the user forks the conversation."""

        message_id: str
        """The last message of the fork."""

    @dataclass
    class DeleteRequested(Message):
        """Posted when the user deletes a message and everything after it."""

        message_id: str | None
        """None when no message is selected: then nothing is deleted."""

    class UndoDeleteRequested(Message):
        """Posted when the user wants the deleted messages back."""

    @dataclass
    class LinkClicked(Message):
        """Posted when the user clicks on a link."""

        address: str

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._shown = object()
        self._search: Search | None = None
        self._selected: int | None = None
        self._shown_hit: Hit | None = None

    # What a screen calls.

    def show(self, conversation: Conversation, welcome: Callable[[int], list[Line]]) -> None:
        """Show a conversation from now on, at its end.

        Args:
            conversation: What was said.
            welcome: The lines to show while nothing was, for a width.
        """
        self._shown = object()
        self._scrollback.show([entry_for(message) for message in conversation.path] or [WelcomeEntry(welcome)])
        turns.count_versions(self._scrollback, conversation)
        self._selected = None
        self.end_search()
        self.screen.clear_selection()
        self.follow()

    def select(self, message_id: str) -> None:
        """Select a message, and have it in view."""
        ids = [entry.message.id for entry in self._scrollback.entries]
        if message_id in ids:
            self._select(ids.index(message_id))

    def shows(self, conversation: Conversation) -> bool:
        """Whether it shows just this conversation, in which something was said. Other versions it may learn of now."""
        path = conversation.path
        if not path or [entry.message for entry in self._scrollback.entries] != list(path):
            return False
        turns.count_versions(self._scrollback, conversation)
        self.settle(changed=-1)
        self.refresh()
        return True

    async def apply(self, updates: tuple[TurnUpdate, ...]) -> None:
        """Show what happened in a turn. Returns when it is laid out: a slow screen slows the reader."""
        applied = asyncio.get_running_loop().create_future()
        self.post_message(self.UpdatesReceived(updates, applied, self._shown))
        await applied

    def on_message_log_updates_received(self, message: UpdatesReceived) -> None:
        """Apply what happened in a turn."""
        message.stop()
        if message.applied.cancelled():
            # The turn was stopped: `end()` will show the result.
            return
        for update in message.updates if message.shown is self._shown else ():
            turns.apply(self._scrollback, update)
            if isinstance(update, TurnStarted):
                self._selected = None
        self._last_changed()
        message.applied.set_result(None)

    def end(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Show how a turn ended, where its stream could not say so because it was stopped, perhaps before it began."""
        turns.end(self._scrollback, conversation.messages[answer.parent_id or ""], answer)
        turns.count_versions(self._scrollback, conversation)
        self._last_changed()

    def note(self, answer_id: str, words: str) -> None:
        """Say something of an answer, below it."""
        for at, entry in enumerate(self._scrollback.entries):
            if isinstance(entry, AnswerEntry) and entry.message.id == answer_id:
                entry.note = words
                entry.changed()
                self.settle(changed=at)

    def refresh_welcome(self) -> None:
        """What the welcome says has changed."""
        entries = self._scrollback.entries
        if entries and isinstance(entries[0], WelcomeEntry):
            entries[0].changed()
            self.settle(changed=0)
            self.refresh()

    def tick(self, thinking_s: float | None) -> None:
        """Let the seconds of what is being thought show."""
        live = self._scrollback.live
        if live is not None and live.is_thinking:
            live.thinking_s = thinking_s
            live.changed()
            self._last_changed()

    @property
    def selected(self) -> ChatMessage | None:
        """The selected message."""
        return None if self._selected is None else self._scrollback.entries[self._selected].message

    @property
    def text(self) -> str:
        """Everything that it shows, as plain lines. For whoever cannot see it: tests above all."""
        width = self._scrollback.width
        return "\n".join(line.text.rstrip() for entry in self._scrollback.entries for line in entry.lines(width))

    # Searching.

    @work(exclusive=True, group="search")
    async def search(self, wanted: str) -> None:
        """Mark a text wherever it stands, and go to where it stands nearest above the end of the view."""
        search = self._search = self._search or Search(self._scrollback)
        loop = asyncio.get_running_loop()
        bottom = min(self.scroll_offset.y + self.size.height, self._scrollback.total) - 1
        until = loop.time() + _SLICE_S
        for _ in search.scan(wanted, bottom):
            if loop.time() > until:
                self._show_search(is_done=False)
                await asyncio.sleep(0)
                until = loop.time() + _SLICE_S
        self._show_search(is_done=True)

    def go_to_hit(self, by: Literal[-1, 1]) -> None:
        """Go to the next place where the text was found, or the one before."""
        if self._search is not None:
            self._search.step(by)
            self._show_search(is_done=True)

    def end_search(self) -> None:
        """Mark nothing any more. The view stays."""
        self._search = None
        self.workers.cancel_group(self, "search")
        self.refresh()

    # Keys.

    def action_select_previous(self) -> None:
        """Select the message before the selected one; the last one when none is."""
        self._select(len(self._scrollback.entries) - 1 if self._selected is None else self._selected - 1)

    def action_select_next(self) -> None:
        """Select the message after the selected one."""
        if self._selected is not None:
            self._select(self._selected + 1)

    def action_copy_message(self) -> None:
        """Have the selected message copied, as its source; the last one when none is selected."""
        if (at := self._chosen) is not None:
            self.post_message(self.CopyRequested(self._scrollback.entries[at].message.content, "the message"))

    def action_copy_code(self) -> None:
        """Have code of the selected message copied; of the last one when none is selected."""
        entry = None if (at := self._chosen) is None else self._scrollback.entries[at]
        self.post_message(self.CopyCodeRequested(entry.code_blocks() if isinstance(entry, AnswerEntry) else []))

    def action_edit_message(self) -> None:
        """Edit the selected prompt; the last one when no message is selected."""
        if (message_id := self._chosen_id) is not None:
            self.post_message(self.EditRequested(message_id))

    def action_regenerate(self) -> None:
        """Ask for another answer to the selected prompt, or instead of the selected answer."""
        if (message_id := self._chosen_id) is not None:
            self.post_message(self.RegenerateRequested(message_id))

    def action_show_version(self, by: int) -> None:
        """Go to another version of the selected message; of the last one when none is selected."""
        if (message_id := self._chosen_id) is not None:
            self.post_message(self.VersionRequested(message_id, by))

    def action_fork(self) -> None:
        """Fork the conversation from the selected message; from the last one when none is selected."""
        if (message_id := self._chosen_id) is not None:
            self.post_message(self.ForkRequested(message_id))

    def action_delete_message(self) -> None:
        """Delete the selected message. Never the last one without selecting it."""
        selected = self.selected
        self.post_message(self.DeleteRequested(None if selected is None else selected.id))

    def action_undo_delete(self) -> None:
        """Restore what was deleted."""
        self.post_message(self.UndoDeleteRequested())

    def action_fold(self) -> None:
        """Fold or unfold the thinking and the tools of the selected message; of the last answer when none is."""
        entry = None if (at := self._chosen) is None else self._scrollback.entries[at]
        if isinstance(entry, AnswerEntry) and entry.foldable:
            entry.fold()
            self.settle(changed=at)
            self.refresh()

    # What Textual calls.

    def is_marked(self, entry: int) -> bool:
        """The selected message is marked while the log has the keys."""
        return entry == self._selected and self.has_focus

    def decorate(self, strip: Strip, line: int, entry: int) -> Strip:
        """Highlight search hits."""
        if self._search is not None and entry >= 0:
            for start, end, is_here in self._search.marks(entry, line - self._scrollback.top_of(entry)):
                style = self._painter.style(Look("found-here" if is_here else "found"))
                strip = restyled(strip, start + MARGIN, end + MARGIN, style)
        return strip

    def on_resize(self) -> None:
        """The view has another size."""
        if self.resize_lines() and self._search is not None:
            # With another width, the hits are on other lines.
            self._search.forget()
            self.search(self._search.wanted)

    def on_click(self, event: events.Click) -> None:
        """Open a link, fold what can be folded, or go to the new lines."""
        if self.is_on_label(event.x, event.y):
            self.follow()
            return
        run = self.run_at(event.x, event.y)
        if run is None:
            return
        if run.look.link:
            self.post_message(self.LinkClicked(run.look.link))
        elif run.look.name == "fold":
            self._selected = self._scrollback.find(self.scroll_offset.y + event.y)[0]
            self.action_fold()

    # The inside.

    @property
    def _chosen(self) -> int | None:
        """The selected entry; the last one when none is; None when there is none at all."""
        if self._selected is not None:
            return self._selected
        return len(self._scrollback.entries) - 1 if self._scrollback.entries else None

    @property
    def _chosen_id(self) -> str | None:
        """The id of that entry's message."""
        return None if (at := self._chosen) is None else self._scrollback.entries[at].message.id

    def _last_changed(self) -> None:
        at = len(self._scrollback.entries) - 1
        if self._selected is not None and self._selected > at:
            self._selected = None
        self.settle(changed=at)
        if self._search is not None:
            self._search.look_again(at)

    def _select(self, at: int) -> None:
        if self._scrollback.entries:
            self._selected = min(max(at, 0), len(self._scrollback.entries) - 1)
            self._scrollback.reveal(self._selected)
            self.settle()
            self.refresh()

    def _show_search(self, *, is_done: bool) -> None:
        if (search := self._search) is None:
            return
        if search.current is not None and search.current != self._shown_hit:
            self._scrollback.reveal(search.current.entry, search.spans_of(search.current)[0].line)
        self._shown_hit = search.current
        self.settle()
        self.refresh()
        self.post_message(self.SearchProgressed(search.count, is_done))
