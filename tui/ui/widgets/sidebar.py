"""The list of providers and the list of conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.conversation import ConversationSummary
from tui.chat.dates import day_of, month_of
from tui.chat.safe_text import safe_line
from tui.ui.key_bindings import bindings_for
from tui.workspace.provider_status import ProviderStatus, Reachability

if TYPE_CHECKING:
    from textual.widgets import Input

State = Literal["streaming", "waiting", "temporary"]
"""What an open conversation is doing. `waiting` is queued behind other answers of the same provider."""

_MARKS: Final[dict[Reachability, tuple[str, str]]] = {
    "unknown": ("◌", "$foreground 45%"),
    "reachable": ("●", "$text-success"),
    "unreachable": ("○", "$foreground 45%"),
    "refused": ("◐", "$text-warning"),
}


_STATE_MARKS: Final[dict[State, tuple[str, str]]] = {
    "streaming": ("»", "$text-success"),
    "waiting": ("◌", "$text-warning"),
    "temporary": ("◇", "$foreground 45%"),
}

_TITLE_WIDTH: Final = 24
"""Cells of a row, including its mark."""


_ACTIONS: Final = {
    "filter_conversations": "filter",
    "pin_selected": "pin",
    "rename_conversation": "rename",
    "delete_conversation": "delete",
    "undelete_conversation": "undo_delete",
}
"""The action of each command that works in the sidebar."""


class Sidebar(Vertical):
    """Providers above, conversations below. Shape and colour both show which providers can be reached."""

    DEFAULT_CSS = """
    Sidebar { width: 28; background: $surface; padding: 1 0 0 0; }
    Sidebar > Static { padding: 0 2; color: $text-muted; text-style: bold; height: 1; }
    Sidebar > OptionList {
        background: $surface; border: none; padding: 0 1; height: auto; max-height: 40%;
        scrollbar-size-vertical: 1;
    }
    Sidebar > OptionList:focus { border: none; }
    Sidebar > OptionList > .option-list--option-highlighted { background: $surface; color: $foreground; }
    Sidebar > OptionList:focus > .option-list--option-highlighted { background: $primary 40%; }
    Sidebar > #conversations { height: 1fr; max-height: 100%; }
    Sidebar > Input, Sidebar > Input:focus {
        border: none; height: 1; padding: 0; margin: 0 2; background: $surface; background-tint: 0%;
    }
    Sidebar > #providers { margin-bottom: 1; }
    """

    BINDINGS: ClassVar = [
        Binding("escape", "unfilter", show=False),
        *bindings_for("sidebar", _ACTIONS),
    ]

    _current = ""
    """The name of the provider in use. Empty when there is none."""

    @dataclass
    class ProviderChosen(Message):
        """Posted when the user chooses a provider."""

        name: str

    @dataclass
    class ConversationChosen(Message):
        """Posted when the user chooses a conversation."""

        conversation_id: str

    @dataclass
    class PinRequested(Message):
        """Posted when the user pins or unpins a conversation."""

        conversation_id: str

    @dataclass
    class RenameRequested(Message):
        """Posted when the user renames a conversation."""

        conversation_id: str

    @dataclass
    class DeleteRequested(Message):
        """Posted when the user deletes a conversation."""

        conversation_id: str

    class UndoDeleteRequested(Message):
        """Posted when the user wants the deleted conversation back."""

    @dataclass
    class FilterChanged(Message):
        """Posted when the user filters the conversations."""

        title: str
        """What their title has to contain. Empty for all."""

    def compose(self) -> ComposeResult:
        """Two lists, each under its title."""
        yield Static("Providers", markup=False)
        yield OptionList(id="providers", markup=False)
        yield Static("Conversations", markup=False)
        yield OptionList(id="conversations", markup=False)

    def on_mount(self) -> None:
        """The filter is created when it is first used."""
        self._input: Input | None = None

    def show_providers(self, rows: Iterable[ProviderStatus], current: str) -> None:
        """Show providers.

        Args:
            rows: The providers.
            current: The name of the one in use.
        """
        self._current = current
        options = [Option(_provider_content(row, current=row.name == current), id=row.name) for row in rows]
        _replace(self.query_one("#providers", OptionList), options, current)

    def show_conversations(
        self,
        summaries: Iterable[ConversationSummary],
        current: str,
        today: date,
        states: Mapping[str, State] | None = None,
        restored: str = "",
    ) -> None:
        """Show conversations, grouped: temporary, pinned, then by the day of their last message.

        Args:
            summaries: The conversations; temporary ones first, then the pinned ones, the others latest first.
            current: The id of the current conversation.
            today: Today's date.
            states: What open conversations are doing, by their ids.
            restored: The id of a conversation that is back: the cursor goes there. Empty for none.
        """
        states = states or {}

        def group(row: ConversationSummary) -> str:
            if row.is_temporary:
                return "Temporary"
            return "Pinned" if row.is_pinned else day_label(day_of(row.updated_at), today)

        options: list[Option] = []
        for title, rows in groupby(summaries, group):
            options.append(Option(Content.assemble((title, "$foreground 45%")), disabled=True))
            options.extend(
                Option(_conversation_content(row, states.get(row.id), current=row.id == current), id=row.id)
                for row in rows
            )
        _replace(self.query_one("#conversations", OptionList), options, current, restored)

    def action_pin(self) -> None:
        """Pin or unpin the conversation at the cursor."""
        if (conversation_id := self._conversation_at_cursor) is not None:
            self.post_message(self.PinRequested(conversation_id))

    def action_rename(self) -> None:
        """Rename the conversation at the cursor."""
        if (conversation_id := self._conversation_at_cursor) is not None:
            self.post_message(self.RenameRequested(conversation_id))

    def action_delete(self) -> None:
        """Delete the conversation at the cursor."""
        if (conversation_id := self._conversation_at_cursor) is not None:
            self.post_message(self.DeleteRequested(conversation_id))

    def action_undo_delete(self) -> None:
        """Restore the conversation that was deleted last. Works in an empty list too."""
        if self.query_one("#conversations", OptionList).has_focus:
            self.post_message(self.UndoDeleteRequested())

    async def action_filter(self) -> None:
        """Let the user type a part of the titles."""
        if self._input is None:
            from textual.widgets import Input

            self._input = Input(placeholder="part of a title", select_on_focus=False)
            self._input.cursor_blink = False
            await self.mount(self._input, before="#conversations")
        # At once: letters typed right behind the key are meant for it.
        self.screen.set_focus(self._input)

    async def action_unfilter(self) -> None:
        """Show all conversations again; without a filter, leave the key to others."""
        if self._input is None:
            raise SkipAction
        field, self._input = self._input, None
        had_focus = field.has_focus
        await field.remove()
        self.post_message(self.FilterChanged(""))
        if had_focus:
            self.query_one("#conversations", OptionList).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter changed."""
        event.stop()
        self.post_message(self.FilterChanged(event.value.strip()))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the list."""
        event.stop()
        self.query_one("#conversations", OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        """Down goes from the filter to the list."""
        if event.key == "down" and self._input is not None and self._input.has_focus:
            event.stop()
            self.query_one("#conversations", OptionList).focus()

    @property
    def _conversation_at_cursor(self) -> str | None:
        """The id of the conversation at the cursor. None when the list is empty or has no focus."""
        conversations = self.query_one("#conversations", OptionList)
        at = conversations.highlighted
        if at is None or not conversations.has_focus:
            return None
        return conversations.get_option_at_index(at).id

    @property
    def areas(self) -> tuple[OptionList, OptionList]:
        """The widgets that take keys, from top to bottom."""
        return self.query_one("#providers", OptionList), self.query_one("#conversations", OptionList)

    def focus_providers(self) -> None:
        """Put the cursor on the provider in use."""
        providers = self.query_one("#providers", OptionList)
        ids = [option.id for option in providers.options]
        if self._current in ids:
            providers.highlighted = ids.index(self._current)
        self.screen.set_focus(providers)

    @on(OptionList.OptionSelected, "#providers")
    def _choose_provider(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id is not None:
            self.post_message(self.ProviderChosen(event.option.id))

    @on(OptionList.OptionSelected, "#conversations")
    def _choose_conversation(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id is not None:
            self.post_message(self.ConversationChosen(event.option.id))


def _provider_content(row: ProviderStatus, *, current: bool) -> Content:
    mark, colour = _MARKS[row.reachability]
    name = safe_line(row.name)
    return Content.assemble(
        (mark, colour), " ", (name, "bold" if current else ""), (f"  {safe_line(row.note)}", "$foreground 45%")
    ).truncate(_TITLE_WIDTH, ellipsis=True)


def day_label(day: date | None, today: date) -> str:
    """A relative label for a day: `Today`, `This week`, `May 2026`. None is an unknown day."""
    if day is None:
        return "Unknown date"
    ago = (today - day).days
    if ago <= 0:
        return "Today"
    if ago == 1:
        return "Yesterday"
    if ago < 7:
        return "This week"
    return "This month" if ago < 31 else month_of(day)


def _conversation_content(row: ConversationSummary, state: State | None, *, current: bool) -> Content:
    """One line with the title, one with the model."""
    title = safe_line(row.title) or "(untitled)"
    if state is not None:
        mark = _STATE_MARKS[state]
    elif row.is_unread and not current:
        mark = ("✗", "$text-error") if row.outcome == "failed" else ("●", "$text-accent")
    else:
        mark = ("▸" if current else " ", "$text-accent")
    look = "bold" if current or row.is_unread else ""
    first = Content.assemble(mark, " ", (title, look)).truncate(_TITLE_WIDTH, ellipsis=True)
    who = safe_line(row.model) or safe_line(row.provider)
    if not who:
        return first
    second = Content(f"  {who}").truncate(_TITLE_WIDTH, ellipsis=True)
    return Content.assemble(first, "\n", (second.plain, "$foreground 35%"))


def _replace(options: OptionList, new: list[Option], current: str, restored: str = "") -> None:
    """Replace the options of a list, with the cursor on the current one.

    While the list has focus, the cursor stays: on its row, or on the row that takes the place of a removed one.

    Args:
        options: The list.
        new: Its new options.
        current: The id of the current option.
        restored: The id of an option that is back. The cursor of a list with focus goes there.
    """
    highlighted = options.highlighted
    ids = [option.id for option in new if option.id is not None]
    wanted: list[str | None] = [current]
    if options.has_focus and highlighted is not None:
        before = [option.id for option in options.options]
        # The rows below move up; at the end of the list, the row above is the nearest one.
        wanted = [restored, *before[highlighted:], *reversed(before[:highlighted])]
    options.clear_options()
    options.add_options(new)
    if ids:
        at = next((id_ for id_ in wanted if id_ in ids), ids[0])
        options.highlighted = options.get_option_index(at)
