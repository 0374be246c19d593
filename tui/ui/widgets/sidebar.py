"""The list of providers and the list of conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.chat.conversation import ConversationSummary, FoundMessage
from tui.chat.dates import day_of
from tui.light_dataclass import dataclass
from tui.ui.key_bindings import bindings_for
from tui.ui.widgets.job_lines import JobLines
from tui.ui.widgets.sidebar_edge import SidebarEdge
from tui.ui.widgets.sidebar_lists import ConversationList, ProviderList, ProvidersLine, replace_options
from tui.ui.widgets.sidebar_rows import (
    State,
    command_row,
    conversation_row,
    day_label,
    found_row,
    provider_row,
    providers_line,
)
from tui.workspace.model_jobs import ModelJob
from tui.workspace.provider_status import ProviderStatus

if TYPE_CHECKING:
    from textual.widgets import Input

    from tui.workspace.imports import FileImport

_ACTIONS: Final = {
    "filter_conversations": "filter",
    "pin_selected": "pin",
    "rename_conversation": "rename",
    "delete_conversation": "delete",
    "undelete_conversation": "undo_delete",
    "narrow_sidebar": "resize(-1)",
    "widen_sidebar": "resize(1)",
}
"""The action of each command that works in the sidebar."""

_EMPTY: Final = (
    "No conversations yet.",
    "Send a prompt to start one.",
    "",
    "/import adds exported ones.",
)
"""The paragraphs where no conversation is saved."""

_INDENT: Final = 3
"""Cells in front of them, as in front of the headings."""

_STEP: Final = 2
"""Columns by which a key changes the width."""


class Sidebar(Vertical):
    """Providers above, conversations below. Shape and colour both show which providers can be reached."""

    DEFAULT_CSS = """
    Sidebar { width: 31; background: $panel; }
    Sidebar > #fold { height: 1; margin: 1 0; text-wrap: nowrap; }
    Sidebar > #fold.-unfolded { margin-bottom: 0; }
    Sidebar > OptionList {
        background: $panel; border: none; padding: 0; height: auto; max-height: 40%; color: $second;
        scrollbar-size-vertical: 1; scrollbar-background: $panel; scrollbar-color: $line;
        text-wrap: nowrap;
    }
    Sidebar > OptionList:focus { border: none; background-tint: 0%; }
    Sidebar > OptionList > .option-list--option { padding: 0; }
    Sidebar > OptionList > .option-list--option-disabled { color: $dim; }
    Sidebar > OptionList > .option-list--option-highlighted { background: $panel; color: $second; }
    Sidebar > OptionList:focus > .option-list--option-highlighted { color: $text; }
    Sidebar.-filtering:focus-within > #conversations > .option-list--option-highlighted { color: $text; }
    Sidebar > #conversations { height: 1fr; max-height: 100%; }
    Sidebar > Input, Sidebar > Input:focus {
        border: none; height: 1; padding: 0 1 0 3; background: $well; background-tint: 0%;
    }
    Sidebar > #providers { margin-bottom: 1; display: none; }
    Sidebar > #providers.-unfolded { display: block; }
    Sidebar.-over > SidebarEdge { color: $edge; }
    Sidebar.-over > SidebarEdge:hover { color: $user; }
    """

    BINDINGS: ClassVar = [
        Binding("escape", "unfilter", show=False),
        *bindings_for("sidebar", _ACTIONS),
    ]

    _current = ""
    """The name of the provider in use. Empty when there is none."""

    _statuses: tuple[ProviderStatus, ...] = ()
    _command_rows: Mapping[str, tuple[str, str]] = {}
    """The rows below the providers, by their ids: the command that each runs, and what it says."""

    _listed: tuple[tuple[ConversationSummary, ...], str, date, Mapping[str, State]] = ((), "", date.min, {})
    """The conversations that are shown, which is current, the day, and what open ones are doing."""

    _found: tuple[FoundMessage, ...] = ()
    _listed_for = ""
    """What the conversations that are shown were filtered by."""

    _is_listed = False
    """Whether the conversations were read: before that, none is known and there may be some."""

    _opens_when_listed = False
    """Whether Enter was pressed in the filter before its conversations were there."""

    @dataclass
    class ProviderChosen(Message):
        """Posted when the user chooses a provider."""

        name: str

    @dataclass
    class CommandChosen(Message):
        """Posted when the user chooses a command below the providers."""

        command: str

    @dataclass
    class ConversationChosen(Message):
        """Posted when the user chooses a conversation."""

        conversation_id: str

        found: FoundMessage | None = None
        """The message to go to, for a conversation that was found by its text. None for the end."""

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

        text: str
        """What their title or one of their messages has to contain. Empty for all."""

    @dataclass
    class WidthRequested(Message):
        """Posted when the user makes the sidebar narrower or wider."""

        columns: int
        is_relative: bool = False
        """Whether these are columns more than it has. Of keys that arrive together, each counts."""

    def compose(self) -> ComposeResult:
        """The providers on one line or as a list, and the conversations."""
        yield ProvidersLine("", id="fold", markup=False)
        yield ProviderList(id="providers", markup=False)
        yield JobLines(id="jobs")
        yield ConversationList(id="conversations", markup=False)
        yield SidebarEdge()

    def on_mount(self) -> None:
        """The filter is created when it is first used."""
        self._input: Input | None = None

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self._show_rows()

    def show_providers(
        self, rows: Iterable[ProviderStatus], current: str, commands: Mapping[str, str] | None = None
    ) -> None:
        """Show providers.

        Args:
            rows: The providers.
            current: The name of the one in use.
            commands: Rows below the providers: what each says, by the command that it runs.
        """
        if not self._has_lists:
            return
        self._statuses, self._current = tuple(rows), current
        # No provider has such a name.
        self._command_rows = {f"\n{name}": (name, word) for name, word in (commands or {}).items()}
        self._show_provider_rows()

    def show_jobs(self, jobs: Iterable[ModelJob]) -> None:
        """Show what is being done with models."""
        if not self._has_lists:
            return
        self.query_one(JobLines).jobs = tuple(jobs)

    def show_imports(self, files: Iterable[FileImport]) -> None:
        """Show which files are being imported."""
        if not self._has_lists:
            return
        self.query_one(JobLines).imports = tuple((file.label, file.state) for file in files)

    def show_conversations(
        self,
        summaries: Iterable[ConversationSummary],
        current: str,
        today: date,
        states: Mapping[str, State] | None = None,
        restored: str = "",
        *,
        filtered_by: str = "",
        found: Iterable[FoundMessage] = (),
    ) -> None:
        """Show conversations, grouped: temporary, pinned, then by the day of their last message.

        Args:
            summaries: The conversations; temporary ones first, then the pinned ones, the others latest first.
            current: The id of the current conversation.
            today: Today's date.
            states: What open conversations are doing, by their ids.
            restored: The id of a conversation that is back: the cursor goes there. Empty for none.
            filtered_by: What the conversations were filtered by. Empty for all.
            found: For each other conversation with the text in a message, this message.
        """
        if not self._has_lists:
            return
        self._listed = (tuple(summaries), current, today, states or {})
        self.query_one(ConversationList).current = current
        self._found, self._listed_for, self._is_listed = tuple(found), filtered_by, True
        self._show_conversation_rows(restored)
        if self._opens_when_listed and filtered_by == self._typed:
            self._opens_when_listed = False
            self._choose_highlighted()

    @property
    def _has_lists(self) -> bool:
        """Whether its widgets are there. While the program ends, what was asked for before may still arrive."""
        return bool(self.query(ConversationList) and self.query(ProviderList) and self.query(JobLines))

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
            Option(provider_row(row, width, current=row.name == self._current), id=row.name) for row in self._statuses
        ]
        options += [Option(command_row(word, width), id=id_) for id_, (_, word) in self._command_rows.items()]
        replace_options(self.query_one("#providers", OptionList), options, self._current)
        if self.content_size.width:
            # Before the first layout it would be cut, and on the screen like that for a moment.
            line = providers_line(self._statuses, width, unfolded=self.is_unfolded)
            self.query_one("#fold", ProvidersLine).show(line)

    def _show_conversation_rows(self, restored: str = "") -> None:
        summaries, current, today, states = self._listed
        width = self._row_width

        def group(row: ConversationSummary) -> str:
            if row.is_temporary:
                return "Temporary"
            return "Pinned" if row.is_pinned else day_label(day_of(row.updated_at), today)

        options: list[Option] = []
        for title, rows in groupby(summaries, group):
            options.append(_heading(title, is_first=not options))
            options.extend(
                Option(conversation_row(row, states.get(row.id), today, width, current=row.id == current), id=row.id)
                for row in rows
            )
        if self._found:
            options.append(_heading("In messages", is_first=not options))
            options.extend(
                Option(found_row(message, width, current=message.conversation_id == current), id=_found_id(message))
                for message in self._found
            )
        if not options and self._is_listed:
            options = [_heading("Nothing found", is_first=True)] if self._listed_for else _empty_rows(width)
        # While the user filters, Enter opens the first row.
        at = "" if self._listed_for else current
        replace_options(self.query_one("#conversations", OptionList), options, at, restored)

    # Folding the providers.

    @property
    def is_unfolded(self) -> bool:
        """Whether the providers are a list, and not one line."""
        return self.query_one("#providers").has_class("-unfolded")

    def unfold(self, unfolded: bool) -> None:
        """Show the providers as a list, or on one line."""
        if not self._has_lists:
            return
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

    def run_command(self, name: str, row_id: str) -> None:
        """Do what was chosen in the menu of a row: `open`, or a command of the list."""
        conversation_id = _conversation_of(row_id) or ""
        if name == "open":
            self._open_row(row_id)
        elif name == "pin_selected":
            self.post_message(self.PinRequested(conversation_id))
        elif name == "rename_conversation":
            self.post_message(self.RenameRequested(conversation_id))
        elif name == "delete_conversation":
            self.post_message(self.DeleteRequested(conversation_id))

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
        """Let the user type what titles or messages contain."""
        if self._input is None:
            from textual.widgets import Input

            self._input = Input(placeholder="titles and messages", select_on_focus=False)
            self._input.cursor_blink = False
            await self.mount(self._input, before="#conversations")
            self.add_class("-filtering")
        # At once: letters typed right behind the key are meant for it.
        self.screen.set_focus(self._input)

    async def action_unfilter(self) -> None:
        """Show all conversations again; without a filter, leave the key to others."""
        if self._input is None:
            raise SkipAction
        had_focus = self._input.has_focus
        self.unfilter()
        if had_focus:
            self.query_one("#conversations", OptionList).focus()

    def unfilter(self) -> None:
        """Show all conversations again."""
        if self._input is None:
            return
        field, self._input = self._input, None
        self.remove_class("-filtering")
        self._opens_when_listed = False
        field.remove()
        self.post_message(self.FilterChanged(""))

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter changed."""
        event.stop()
        self._opens_when_listed = False
        self.post_message(self.FilterChanged(event.value.strip()))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open the first conversation, as soon as it is known."""
        event.stop()
        if self._typed == self._listed_for:
            self._choose_highlighted()
        else:
            self._opens_when_listed = True

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
        return _conversation_of(conversations.get_option_at_index(at).id)

    @property
    def _typed(self) -> str:
        """What is typed in the filter. Empty without one."""
        return "" if self._input is None else self._input.value.strip()

    def _choose_highlighted(self) -> None:
        conversations = self.query_one("#conversations", OptionList)
        if conversations.highlighted is not None:
            conversations.action_select()

    def action_resize(self, by: int) -> None:
        """Make the sidebar narrower (-1) or wider (1)."""
        self.post_message(self.WidthRequested(by * _STEP, is_relative=True))

    def on_sidebar_edge_dragged(self, message: SidebarEdge.Dragged) -> None:
        """The edge is where the mouse is."""
        message.stop()
        self.post_message(self.WidthRequested(message.column + 1 - self.region.x))

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

    @property
    def command_at_cursor(self) -> str:
        """The command of the row at the cursor, below the providers. Empty on a provider."""
        providers, _ = self.areas
        option = providers.highlighted_option
        return self._command_rows.get((option.id if option else None) or "", ("", ""))[0]

    @on(OptionList.OptionSelected, "#providers")
    def _choose_provider(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        id_ = event.option.id or ""
        if id_ in self._command_rows:
            self.post_message(self.CommandChosen(self._command_rows[id_][0]))
        else:
            self.post_message(self.ProviderChosen(id_))

    @on(OptionList.OptionSelected, "#conversations")
    def _choose_conversation(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._open_row(event.option.id)

    def _open_row(self, row_id: str | None) -> None:
        if (conversation_id := _conversation_of(row_id)) is not None:
            found = next((message for message in self._found if _found_id(message) == row_id), None)
            self.post_message(self.ConversationChosen(conversation_id, found))


def _heading(title: str, *, is_first: bool) -> Option:
    """The name of a group, with a blank line above it."""
    return Option(Content.styled(f"{'' if is_first else chr(10)}   {title}", "$dim"), disabled=True)


def _empty_rows(width: int) -> list[Option]:
    """What stands where no conversation is saved, wrapped to a number of cells."""
    wrapped = (wrap(text, max(8, width - _INDENT)) for text in _EMPTY)
    texts = ("\n".join(f"{' ' * _INDENT}{line}" for line in lines) for lines in wrapped)
    return [Option(Content.styled(text, "$dim"), disabled=True) for text in texts]


_FOUND: Final = "found:"


def _found_id(message: FoundMessage) -> str:
    """The id of the row of a message."""
    return f"{_FOUND}{message.conversation_id}"


def _conversation_of(row_id: str | None) -> str | None:
    """The conversation of a row, by the row's id. None for a heading."""
    return None if row_id is None else row_id.removeprefix(_FOUND)
