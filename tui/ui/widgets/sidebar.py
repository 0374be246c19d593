"""The list of providers and the list of conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
from tui.chat.dates import day_of, format_time, month_of
from tui.chat.safe_text import safe_line
from tui.ui.key_bindings import bindings_for
from tui.workspace.provider_status import ProviderStatus, Reachability

if TYPE_CHECKING:
    from textual.widgets import Input

State = Literal["streaming", "waiting", "temporary"]
"""What an open conversation is doing. `waiting` is queued behind other answers of the same provider."""

_MARKS: Final[dict[Reachability, tuple[str, str]]] = {
    "unknown": ("◌", "$dim"),
    "reachable": ("●", "$success"),
    "unreachable": ("○", "$dim"),
    "refused": ("▲", "$warning"),
}

_STATES: Final[dict[State, tuple[str, str, str]]] = {
    "streaming": ("»", "$accent", "now"),
    "waiting": ("…", "$dim", "queued"),
    "temporary": (" ", "", ""),
}
"""For each state its mark, the mark's colour, and what stands in place of the time."""

_WEEK: Final = 7
_MONTH: Final = 31


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
    Sidebar { width: 31; background: $panel; padding: 1 0 0 0; }
    Sidebar > #fold { height: 1; margin-bottom: 1; text-wrap: nowrap; }
    Sidebar > #fold.-unfolded { margin-bottom: 0; }
    Sidebar > OptionList {
        background: $panel; border: none; padding: 0; height: auto; max-height: 40%; color: $second;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable; scrollbar-background: $panel; scrollbar-color: $line;
        text-wrap: nowrap;
    }
    Sidebar > OptionList:focus { border: none; background-tint: 0%; }
    Sidebar > OptionList > .option-list--option { padding: 0; }
    Sidebar > OptionList > .option-list--option-disabled { color: $dim; }
    Sidebar > OptionList > .option-list--option-highlighted { background: $panel; color: $second; }
    Sidebar > OptionList:focus > .option-list--option-highlighted { background: $select; color: $text; }
    Sidebar > #conversations { height: 1fr; max-height: 100%; }
    Sidebar > Input, Sidebar > Input:focus {
        border: none; height: 1; padding: 0; margin: 0 1 0 3; background: $well; background-tint: 0%;
    }
    Sidebar > #providers { margin-bottom: 1; display: none; }
    Sidebar > #providers.-unfolded { display: block; }
    Sidebar:ansi { border-right: solid $line; }
    Sidebar:ansi > OptionList:focus > .option-list--option-highlighted { text-style: reverse; }
    """

    BINDINGS: ClassVar = [
        Binding("escape", "unfilter", show=False),
        *bindings_for("sidebar", _ACTIONS),
    ]

    _current = ""
    """The name of the provider in use. Empty when there is none."""

    _statuses: tuple[ProviderStatus, ...] = ()
    _listed: tuple[tuple[ConversationSummary, ...], str, date, Mapping[str, State]] = ((), "", date.min, {})
    """The conversations that are shown, which is current, the day, and what open ones are doing."""

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
        """The providers on one line or as a list, and the conversations."""
        yield ProvidersLine("", id="fold", markup=False)
        yield OptionList(id="providers", markup=False)
        yield OptionList(id="conversations", markup=False)

    def on_mount(self) -> None:
        """The filter is created when it is first used."""
        self._input: Input | None = None

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self._show_rows()

    def show_providers(self, rows: Iterable[ProviderStatus], current: str) -> None:
        """Show providers.

        Args:
            rows: The providers.
            current: The name of the one in use.
        """
        self._statuses, self._current = tuple(rows), current
        self._show_provider_rows()

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
        self._listed = (tuple(summaries), current, today, states or {})
        self._show_conversation_rows(restored)

    def _show_rows(self) -> None:
        self._show_provider_rows()
        self._show_conversation_rows()

    @property
    def _row_width(self) -> int:
        """Cells of a row. The last column of the sidebar is free for a scrollbar."""
        return max(8, self.content_size.width - 1)

    def _show_provider_rows(self) -> None:
        width = self._row_width
        options = [
            Option(_provider_content(row, width, current=row.name == self._current), id=row.name)
            for row in self._statuses
        ]
        _replace(self.query_one("#providers", OptionList), options, self._current)
        self.query_one("#fold", ProvidersLine).update(_providers_line(self._statuses, width, unfolded=self.is_unfolded))

    def _show_conversation_rows(self, restored: str = "") -> None:
        summaries, current, today, states = self._listed
        width = self._row_width

        def group(row: ConversationSummary) -> str:
            if row.is_temporary:
                return "Temporary"
            return "Pinned" if row.is_pinned else day_label(day_of(row.updated_at), today)

        options: list[Option] = []
        for title, rows in groupby(summaries, group):
            gap = "\n" if options else ""
            options.append(Option(Content.styled(f"{gap}   {title}", "$dim"), disabled=True))
            options.extend(
                Option(_row_content(row, states.get(row.id), today, width, current=row.id == current), id=row.id)
                for row in rows
            )
        _replace(self.query_one("#conversations", OptionList), options, current, restored)

    # Folding the providers.

    @property
    def is_unfolded(self) -> bool:
        """Whether the providers are a list, and not one line."""
        return self.query_one("#providers").has_class("-unfolded")

    def unfold(self, unfolded: bool) -> None:
        """Show the providers as a list, or on one line."""
        self.query_one("#providers").set_class(unfolded, "-unfolded")
        self.query_one("#fold").set_class(unfolded, "-unfolded")
        self._show_provider_rows()

    @on(events.DescendantBlur, "#providers")
    def _fold_after_use(self) -> None:
        self.unfold(False)

    def on_providers_line_clicked(self, message: ProvidersLine.Clicked) -> None:
        """Open the list of providers, or close it."""
        message.stop()
        if self.is_unfolded:
            self.unfold(False)
        else:
            self.focus_providers()

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
        """The lists of providers and of conversations. Folded providers take no keys."""
        return self.query_one("#providers", OptionList), self.query_one("#conversations", OptionList)

    def focus_providers(self) -> None:
        """Unfold the providers, with the cursor on the one in use."""
        self.unfold(True)
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


class ProvidersLine(Static):
    """How many providers can be reached, on one line."""

    class Clicked(Message):
        """Posted when it was clicked."""

    def on_click(self) -> None:
        """Report the click."""
        self.post_message(self.Clicked())


def _providers_line(rows: Sequence[ProviderStatus], width: int, *, unfolded: bool) -> Content:
    counts = Counter(row.reachability for row in rows)
    marks: list[str | tuple[str, str]] = []
    for reachability in ("reachable", "unreachable", "refused", "unknown"):
        if count := counts[reachability]:
            mark, colour = _MARKS[reachability]
            marks += ["  " if marks else "", (mark, colour), (f" {count}", "$dim")]
    left = Content.assemble((f" {'▾' if unfolded else '▸'} ", "$dim"), ("Providers", "bold $second"))
    return _spread(left, Content() if unfolded else Content.assemble(*marks), width)


def _provider_content(row: ProviderStatus, width: int, *, current: bool) -> Content:
    mark, colour = _MARKS[row.reachability]
    at = ("›", "bold $user") if current else " "
    left = Content.assemble(" ", at, " ", (mark, colour), " ", (safe_line(row.name), "bold $text" if current else ""))
    return _spread(left, Content.styled(safe_line(row.note), "$dim"), width)


def _spread(left: Content, right: Content, width: int) -> Content:
    """A row with a text at each end. Where both do not fit, the left one is truncated first."""
    right = right.truncate(max(0, width - 8), ellipsis=True)
    room = max(1, width - right.cell_length - (1 if right else 0) - 1)
    left = left.truncate(room, ellipsis=True)
    return Content.assemble(left, " " * max(0, width - 1 - left.cell_length - right.cell_length), right)


def day_label(day: date | None, today: date) -> str:
    """A relative label for a day: `Today`, `This week`, `May 2026`. None is an unknown day."""
    if day is None:
        return "Unknown date"
    ago = (today - day).days
    if ago <= 0:
        return "Today"
    if ago == 1:
        return "Yesterday"
    if ago < _WEEK:
        return "This week"
    return "This month" if ago < _MONTH else month_of(day)


def time_label(seconds: float, today: date, *, has_month: bool = False) -> str:
    """When a conversation was last used, as short as the group it stands in allows: `14:02`, `Fri`, `29`.

    Args:
        seconds: The time, in seconds since the epoch.
        today: Today's date.
        has_month: Whether an older date needs its month, because the group does not tell it: `29 Oct`.
    """
    day = day_of(seconds)
    if day is None:
        return ""
    ago = (today - day).days
    if ago < _WEEK:
        return format_time(seconds, "%H:%M" if ago <= 1 else "%a")
    return format_time(seconds, "%d %b" if has_month else "%d").lstrip("0")


def _row_content(row: ConversationSummary, state: State | None, today: date, width: int, *, current: bool) -> Content:
    """One line: mark, title, time."""
    time = time_label(row.updated_at, today, has_month=row.is_pinned)
    mark, colour = ("›", "bold $user") if current else (" ", "")
    if state is not None and state != "temporary":
        mark, colour, time = _STATES[state]
    elif row.is_unread and not current:
        mark, colour = ("✗", "$error") if row.outcome == "failed" else ("◆", "$accent")
    look = "bold $text" if current or row.is_unread else "$text" if state == "streaming" else ""
    left = Content.assemble(" ", (mark, colour), " ", (safe_line(row.title) or "(untitled)", look))
    return _spread(left, Content.styled(time, "$dim"), width)


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
