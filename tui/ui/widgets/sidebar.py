"""Providers and conversations, to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
from tui.chat.safe_text import safe_line

if TYPE_CHECKING:
    from textual.widgets import Input

Deed = Literal["rename", "delete", "undelete", "pin"]
"""What can be done with a conversation."""

State = Literal["streaming", "waiting", "temporary"]
"""What goes on in a conversation that is held."""

Reachability = Literal["unknown", "reachable", "unreachable", "refused"]

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
"""Cells that a row may take, its mark with it."""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider, as the sidebar shows it."""

    name: str
    reachability: Reachability = "unknown"
    note: str = ""
    """A word or two more: its version, or what is wrong."""


class Sidebar(Vertical):
    """Providers above, conversations below. Shape and colour both tell who can be reached."""

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
        Binding("slash", "filter", show=False, id="filter_conversations"),
        Binding("p", "mean('pin')", show=False, id="pin_selected"),
        Binding("escape", "unfilter", show=False),
        Binding("r", "mean('rename')", show=False, id="rename_conversation"),
        Binding("d,delete", "mean('delete')", show=False, id="delete_conversation"),
        Binding("u", "mean('undelete')", show=False, id="undelete_conversation"),
    ]

    _current = ""
    """The provider in use, where there is one."""

    @dataclass
    class ProviderChosen(Message):
        """Posted when the user chooses a provider."""

        name: str

    @dataclass
    class ConversationChosen(Message):
        """Posted when the user chooses a conversation."""

        id: str

    @dataclass
    class ConversationMeant(Message):
        """Posted when the user wants something done with a conversation."""

        what: Deed
        id: str
        """Empty where there is none, and none is needed."""

    @dataclass
    class FilterChanged(Message):
        """Posted when the user wants only conversations whose title has something in it."""

        text: str
        """Empty for all of them."""

    def compose(self) -> ComposeResult:
        """Two lists, each under its title."""
        yield Static("Providers", markup=False)
        yield OptionList(id="providers", markup=False)
        yield Static("Conversations", markup=False)
        yield OptionList(id="conversations", markup=False)

    def on_mount(self) -> None:
        """Nothing is filtered yet."""
        self._input: Input | None = None

    def show_providers(self, rows: Iterable[ProviderRow], current: str) -> None:
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
    ) -> None:
        """Show conversations: those that are pinned, then by the day on which something was said in them last.

        Args:
            summaries: The conversations; temporary ones first, then those that are pinned, the others latest first.
            current: The id of the one that is open.
            today: The day that it is.
            states: What goes on in those that are held, by their ids.
        """
        states = states or {}

        def group(row: ConversationSummary) -> str:
            if not row.updated_at:
                return "Temporary"
            return "Pinned" if row.is_pinned else day_label(_day_of(row), today)

        options: list[Option] = []
        for title, rows in groupby(summaries, group):
            options.append(Option(Content.assemble((title, "$foreground 45%")), disabled=True))
            options.extend(
                Option(_conversation_content(row, states.get(row.id), current=row.id == current), id=row.id)
                for row in rows
            )
        _replace(self.query_one("#conversations", OptionList), options, current)

    def action_mean(self, what: Deed) -> None:
        """Have something done with the conversation that the cursor is on."""
        conversations = self.query_one("#conversations", OptionList)
        at = conversations.highlighted
        id_ = "" if at is None else conversations.get_option_at_index(at).id or ""
        # What is gone can be taken back from an empty list too.
        if conversations.has_focus and (id_ or what == "undelete"):
            self.post_message(self.ConversationMeant(what, id_))

    async def action_filter(self) -> None:
        """Have the user type what the titles are to have in them."""
        if self._input is None:
            from textual.widgets import Input

            self._input = Input(placeholder="part of a title", select_on_focus=False)
            self._input.cursor_blink = False
            await self.mount(self._input, before="#conversations")
        self._input.focus()

    async def action_unfilter(self) -> None:
        """Show all conversations again; where all are shown, leave the key to others."""
        if self._input is None:
            raise SkipAction
        field, self._input = self._input, None
        had_focus = field.has_focus
        await field.remove()
        self.post_message(self.FilterChanged(""))
        if had_focus:
            self.query_one("#conversations", OptionList).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The user has typed more, or less."""
        event.stop()
        self.post_message(self.FilterChanged(event.value.strip()))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The user goes to what was found."""
        event.stop()
        self.query_one("#conversations", OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        """From the field, Down goes to what was found."""
        if event.key == "down" and self._input is not None and self._input.has_focus:
            event.stop()
            self.query_one("#conversations", OptionList).focus()

    @property
    def areas(self) -> tuple[OptionList, OptionList]:
        """What in it takes keys, from top to bottom."""
        return self.query_one("#providers", OptionList), self.query_one("#conversations", OptionList)

    def focus_providers(self) -> None:
        """Put the cursor on the provider in use."""
        providers = self.query_one("#providers", OptionList)
        ids = [option.id for option in providers.options]
        if self._current in ids:
            providers.highlighted = ids.index(self._current)
        providers.focus()

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


def _provider_content(row: ProviderRow, *, current: bool) -> Content:
    mark, colour = _MARKS[row.reachability]
    name = safe_line(row.name)
    return Content.assemble(
        (mark, colour), " ", (name, "bold" if current else ""), (f"  {safe_line(row.note)}", "$foreground 45%")
    ).truncate(_TITLE_WIDTH, ellipsis=True)


def _day_of(row: ConversationSummary) -> date:
    return datetime.fromtimestamp(row.updated_at).astimezone().date()


def day_label(day: date, today: date) -> str:
    """A day, as one says it."""
    ago = (today - day).days
    if ago <= 0:
        return "Today"
    if ago == 1:
        return "Yesterday"
    if ago < 7:
        return "This week"
    return "This month" if ago < 31 else day.strftime("%B %Y")


def _conversation_content(row: ConversationSummary, state: State | None, *, current: bool) -> Content:
    """A line with its title, and one with its model."""
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


def _replace(options: OptionList, new: list[Option], current: str) -> None:
    """Put new options into a list, with the cursor on the current one; where it was, while somebody moves it."""
    highlighted = options.highlighted
    is_used = options.has_focus and highlighted is not None
    before = options.get_option_at_index(highlighted or 0).id if is_used else current
    options.clear_options()
    options.add_options(new)
    ids = [option.id for option in new if option.id is not None]
    if ids:
        options.highlighted = options.get_option_index(before if before in ids else ids[0])
