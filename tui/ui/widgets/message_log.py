"""The messages of a conversation: shows streamed turns, and lets the reader select, search and act on messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, work
from textual.message import Message

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import TurnUpdate
from tui.freed_memory import LARGE, return_freed_memory
from tui.light_dataclass import dataclass
from tui.ui.key_bindings import bindings_for
from tui.ui.log.actions import ACTIONS, DECISION_LINK
from tui.ui.log.asked_calls import AskedCalls
from tui.ui.log.entries import COMMAND_LINK, Entry, WelcomeEntry, entries_for
from tui.ui.log.entry_lines import VERSION_LINK
from tui.ui.log.log_search import LogSearch
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.search import Count
from tui.ui.log.turn_log import TurnLog
from tui.ui.log.turns import count_versions
from tui.ui.markdown.lines import Line
from tui.ui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.ui.markdown.render import CodeBlock


class MessageLog(LineView):
    """Shows the messages of one conversation. Owns which message is selected, and what can be done with it.

    `LineView` draws the messages and decides how the view scrolls, `TurnLog` shows running turns, `LogSearch` searches.
    """

    BINDINGS: ClassVar = bindings_for("log", ACTIONS)

    @dataclass
    class UpdatesReceived(Message):
        """Posted by the log to itself, with the updates of a turn that arrived since the last frame."""

        updates: tuple[TurnUpdate, ...]

        applied: asyncio.Future[None]
        """Done when the updates are applied. The sender waits for it, because Textual's message queue is unbounded."""

        shown: object
        """Identifies what the log showed when the updates were posted. If that has changed, they are ignored."""

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
        """Posted while a search runs, when it is done, and when the reader goes to another hit."""

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
    class CommandClicked(Message):
        """Posted when the user clicks on what can be done about a failure."""

        command: str

    class SelectionChanged(Message):
        """Posted when another message is selected, or none."""

    @dataclass
    class LinkClicked(Message):
        """Posted when the user clicks on a link."""

        address: str

    def __init__(self, text_width: int = 0, *, only_answers: bool = False) -> None:
        """Args:
        text_width: Cells of text in a line. 0 for all there are.
        only_answers: Whether only an answer is shown, because prompt and model stand elsewhere.
        """
        super().__init__(Scrollback(), text_width)
        self.calls = AskedCalls(self._scrollback, self.update_entry)
        """What the user is asked about tool calls."""
        self.turns = TurnLog(self._scrollback, self.update_entry, self._update_last_entry, only_answers=only_answers)
        """Shows running turns."""
        self._search = LogSearch(self._scrollback, self._show_search)
        self._shown = object()
        """Identifies what is shown: another object each time a conversation is shown."""
        self._applied: list[asyncio.Future[None]] = []
        """To be done when the text of updates is laid out."""

    @property
    def selected(self) -> ChatMessage | None:
        """The selected message. None if no message is selected."""
        return None if self.marked is None else self._scrollback.entries[self.marked].message

    @property
    def selected_number(self) -> tuple[int, int] | None:
        """The number of the selected message, from 1, and how many there are. None if no message is selected."""
        return None if self.marked is None else (self.marked + 1, len(self._scrollback.entries))

    @property
    def selected_entry(self) -> Entry | None:
        """The entry of the selected message. None if no message is selected."""
        return None if self.marked is None else self._scrollback.entries[self.marked]

    def watch_marked(self) -> None:
        """Tell that another message is selected."""
        self.post_message(self.SelectionChanged())

    # Showing a conversation.

    def show(self, conversation: Conversation, welcome: Callable[[int], list[Line]]) -> None:
        """Show a conversation, scrolled to its end.

        Args:
            conversation: The conversation.
            welcome: Returns the lines to show while the conversation is empty, for a width in cells.
        """
        self._shown = object()
        self._confirm_updates()
        entries = entries_for(conversation.path)
        self.turns.restore_times(entries)
        self._scrollback.show(entries or [WelcomeEntry(welcome)])
        count_versions(self._scrollback, conversation)
        self.turns.offer_actions()
        self.calls.assign()
        self.marked = None
        self.end_search()
        self.screen.clear_selection()
        self.follow()

    def shows(self, conversation: Conversation) -> bool:
        """Whether the log shows exactly the messages of a conversation. Then their version labels are updated too.

        Args:
            conversation: The conversation. Its branches beside the current path may be new.
        """
        path = conversation.path
        if not path or [entry.message for entry in self._scrollback.entries] != list(path):
            return False
        count_versions(self._scrollback, conversation)
        self.update_lines()
        return True

    def select(self, message_id: str) -> None:
        """Select a message and scroll to it. Does nothing if the log does not show it."""
        ids = [entry.message.id for entry in self._scrollback.entries]
        if message_id in ids:
            self._select(ids.index(message_id))

    def mark(self, message_id: str) -> bool:
        """Select a message where it is, without scrolling. Returns whether the log shows it and it is one."""
        for at, entry in enumerate(self._scrollback.entries):
            if entry.message.id == message_id and not isinstance(entry, WelcomeEntry):
                self.marked = at
                self.refresh()
                return True
        return False

    def refresh_welcome(self) -> None:
        """Lay the welcome out again, because its text has changed."""
        entries = self._scrollback.entries
        if entries and isinstance(entries[0], WelcomeEntry):
            entries[0].changed()
            self.update_entry(0)

    # Showing a turn.

    async def apply(self, updates: tuple[TurnUpdate, ...]) -> None:
        """Show updates of a turn. Returns when they are laid out, so that a slow screen slows the stream down."""
        applied = asyncio.get_running_loop().create_future()
        self.post_message(self.UpdatesReceived(updates, applied, self._shown))
        await applied

    def on_message_log_updates_received(self, message: UpdatesReceived) -> None:
        """Apply the updates, unless another conversation is shown by now."""
        message.stop()
        if message.applied.cancelled():
            # The turn was stopped: `end()` will show the result.
            return
        for update in message.updates if message.shown is self._shown else ():
            self.marked = self.turns.apply(update, self.selected, self.marked)
        self.calls.assign()
        self._update_last_entry()
        if self._can_lay_out and self._scrollback.is_partial:
            # A text that arrives faster than it is laid out must not pile up here.
            self._applied.append(message.applied)
        else:
            message.applied.set_result(None)

    def lay_out_more(self) -> None:
        super().lay_out_more()
        if not self._scrollback.is_partial:
            self._confirm_updates()
            if self._scrollback.live is None and self._has_large_text:
                self.run_worker(return_freed_memory, thread=True)

    # Searching.

    @work(exclusive=True, group="search")
    async def search(self, wanted: str) -> None:
        """Highlight a text everywhere, and scroll to the last hit that is above the bottom of the view.

        Args:
            wanted: The text to search for. Empty finds nothing.
        """
        self.highlights = self._search.marks
        bottom = min(self.scroll_offset.y + self.size.height, self._scrollback.total) - 1
        await self._search.run(wanted, bottom)

    @work(exclusive=True, group="search")
    async def search_words(self, words: tuple[str, ...]) -> None:
        """Highlight some words everywhere, and scroll to the first one in the selected message.

        Args:
            words: The words. All of them are highlighted, and only where they are whole words.
        """
        self.highlights = self._search.marks
        await self._search.run_words(words, self.marked or 0)

    @property
    def search_count(self) -> Count | None:
        """The hits so far. None while nothing is searched for."""
        return self._search.count

    def go_to_hit(self, by: Literal[-1, 1]) -> None:
        """Go to the next hit of the search, or with -1 to the previous one."""
        self._search.step(by)

    def end_search(self) -> bool:
        """End the search and remove its highlights. The view stays where it is. False when there was none."""
        had_search = self._search.end()
        self.highlights = None
        self.workers.cancel_group(self, "search")
        self.workers.cancel_group(self, "search again")
        self.refresh()
        return had_search

    def watch_text_width(self) -> None:
        """Repeat the search: the hits are on other lines now."""
        if self._search.forget_positions():
            if self._search.words:
                self.search_words(self._search.words)
            else:
                self.search(self._search.wanted)

    # Actions.

    def action_select_previous(self) -> None:
        """Select the message before the selected one, or the last one if none is selected."""
        self._select(len(self._scrollback.entries) - 1 if self.marked is None else self.marked - 1)

    def action_select_next(self) -> None:
        """Select the message after the selected one."""
        if self.marked is not None:
            self._select(self.marked + 1)

    def action_copy_message(self) -> None:
        """Copy the text selected with the mouse, else the source of the selected or last message without thinking."""
        if selected := self.screen.get_selected_text():
            self.post_message(self.CopyRequested(selected, "the selection"))
        elif (entry := self._target) is not None:
            self.post_message(self.CopyRequested(entry.message.text, "the message"))

    def action_copy_code(self) -> None:
        """Copy code of the selected message, or of the last one."""
        entry = self._target
        self.post_message(self.CopyCodeRequested([] if entry is None else entry.code_blocks()))

    def action_edit_message(self) -> None:
        """Edit the selected prompt, or the last one."""
        if (entry := self._target) is not None:
            self.post_message(self.EditRequested(entry.message.id))

    def action_regenerate(self) -> None:
        """Request another answer to the selected prompt, or another one than the selected answer."""
        if (entry := self._target) is not None:
            self.post_message(self.RegenerateRequested(entry.message.id))

    def action_show_version(self, by: int) -> None:
        """Go to another version of the selected message, or of the last one."""
        if (entry := self._target) is not None:
            self.post_message(self.VersionRequested(entry.message.id, by))

    def action_fork(self) -> None:
        """Fork the conversation after the selected message, or after the last one."""
        if (message_id := self.target_id) is not None:
            self.post_message(self.ForkRequested(message_id))

    def action_delete_message(self) -> None:
        """Delete the selected message. Unlike the other actions, never the last one without a selection."""
        selected = self.selected
        self.post_message(self.DeleteRequested(None if selected is None else selected.id))

    def action_undo_delete(self) -> None:
        """Restore the messages that were deleted last."""
        self.post_message(self.UndoDeleteRequested())

    def action_fold(self) -> None:
        """Fold or unfold what can be in the selected message, or in the last one."""
        entry = self._target
        if entry is not None and entry.foldable:
            entry.fold()
            self.update_entry(self._scrollback.entries.index(entry))
            self.refresh()
            self.post_message(self.SelectionChanged())

    def on_key(self, event: events.Key) -> None:
        """Decide about the selected tool call, if it asks for that. Never about another one."""
        command = self.calls.keys.get(event.key, "")
        if (selected := self.selected) is not None and self.calls.decide(selected.id, command):
            event.stop()

    def on_line_view_entry_clicked(self, message: LineView.EntryClicked) -> None:
        """Open the link that was clicked, or fold or copy what was; else select the message."""
        message.stop()
        link = message.look.link
        # A link in an answer has another look, whatever its address is.
        is_own = message.look.name in ("action-key", "action")
        if is_own and link.startswith(VERSION_LINK):
            by = int(link.removeprefix(VERSION_LINK))
            self.post_message(self.VersionRequested(message.entry.message.id, by))
        elif is_own and link.startswith(COMMAND_LINK):
            self.post_message(self.CommandClicked(link.removeprefix(COMMAND_LINK)))
        elif is_own and link.startswith(DECISION_LINK):
            self.calls.decide(message.entry.message.id, link.removeprefix(DECISION_LINK), is_click=True)
        elif link:
            self.post_message(self.LinkClicked(link))
        elif message.look.name == "copy":
            self.post_message(self.CopyRequested(message.entry.code_of(message.line), "the code block"))
        elif message.look.name == "fold" and message.entry in self._scrollback.entries:
            self.marked = self._scrollback.entries.index(message.entry)
            self.action_fold()
        else:
            self.mark(message.entry.message.id)

    # Internals.

    @property
    def target_id(self) -> str | None:
        """The id of the message that actions apply to: the selected one, else the last one. None without messages."""
        return None if (entry := self._target) is None else entry.message.id

    @property
    def _target(self) -> Entry | None:
        """The entry that actions apply to: the selected one, else the last one."""
        if self.marked is not None:
            return self._scrollback.entries[self.marked]
        return self._scrollback.entries[-1] if self._scrollback.entries else None

    def _select(self, at: int) -> None:
        entries = self._scrollback.entries
        if entries and not isinstance(entries[0], WelcomeEntry):
            self.marked = min(max(at, 0), len(self._scrollback.entries) - 1)
            self.screen.clear_selection()
            # The decisions about a call stand at the end of its card.
            is_asking = entries[self.marked].message.id in self.calls.asking()
            self._scrollback.reveal(self.marked, shows_end=is_asking)
            self.update_lines()

    def _update_last_entry(self) -> None:
        """Draw the last entry again, and search it again."""
        last = len(self._scrollback.entries) - 1
        if self.marked is not None and self.marked > last:
            self.marked = None
        if last < 0:
            self.update_lines()
            return
        self.update_entry(last)
        if self._search.note_change(last):
            self._search_again()

    @work(exclusive=True, group="search again")
    async def _search_again(self) -> None:
        await self._search.run_again()

    @property
    def _has_large_text(self) -> bool:
        """Whether a message is so large that laying it out has freed much memory."""
        entries = self._scrollback.entries
        return any(len(entry.message.content) + len(entry.message.thinking) > LARGE for entry in entries)

    def _confirm_updates(self) -> None:
        for applied in self._applied:
            if not applied.done():
                applied.set_result(None)
        self._applied.clear()

    def _show_search(self, count: Count, is_done: bool) -> None:
        self.update_lines()
        self.post_message(self.SearchProgressed(count, is_done))
