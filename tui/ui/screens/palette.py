"""The command palette: every command that does something now with its keys, found by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import FilteredList
from tui.workspace.command import Command
from tui.workspace.command_search import find_commands, matched_letters
from tui.workspace.keys import Keys

_MAX_ROWS: Final = 18
_AROUND: Final = 10
"""Lines around the list: frame, filter, other words, keys, and the header and key bar behind the dialog."""

_GROUP_CELLS: Final = 14
_MIN_HELP: Final = 40
"""Cells of a row beside which there is a column for the group."""


class Palette(Dialog[str | None]):
    """Lists commands. Returns the name of the chosen one; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        *cursor_bindings(),
    ]
    DEFAULT_CSS = """
    Palette #synonyms { height: 1; padding: 0 2; color: $dim; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, commands: Sequence[Command], recent: Sequence[str], keys: Keys) -> None:
        """Args:
        commands: The commands to list.
        recent: The names of those that were chosen here before, the latest first.
        keys: The keys in use.
        """
        super().__init__()
        self._commands = commands
        self._recent = recent
        self._keys = keys
        self._found: Sequence[Command] = ()

    def compose(self) -> ComposeResult:
        """A field that filters, the commands, and other words for the one at the cursor."""
        yield DialogFrame(
            "Commands",
            FilterField(placeholder="what do you want to do?"),
            FilteredList(markup=False),
            Static("", id="synonyms", markup=False),
            KeyLine([("Enter", "run", "enter"), ("↑↓", "choose", ""), ("Esc", "close", "escape")]),
        )

    def on_mount(self) -> None:
        """List all commands."""
        self._show("")
        self.query_one(Input).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Leave header and key bar in view."""
        self.query_one(FilteredList).styles.max_height = max(2, min(_MAX_ROWS, event.size.height - _AROUND))

    @on(FilteredList.WidthChanged)
    def _lay_out(self) -> None:
        self._show(self.query_one(Input).value)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _choose_highlighted(self) -> None:
        listed = self.query_one(OptionList)
        if listed.highlighted is not None:
            self.dismiss(listed.get_option_at_index(listed.highlighted).id)

    @on(OptionList.OptionSelected)
    def _choose_clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    @on(OptionList.OptionHighlighted)
    def _show_synonyms(self, event: OptionList.OptionHighlighted) -> None:
        words = self._found[event.option_index].synonyms.split() if event.option_index < len(self._found) else []
        self.query_one("#synonyms", Static).update(f"Also called {', '.join(words)}" if words else "")

    def action_move(self, by: int) -> None:
        """Move the cursor, and stay in the field."""
        self.query_one(FilteredList).move_cursor(by)

    def _show(self, typed: str) -> None:
        self._found = find_commands(typed, self._commands, self._recent)
        listed = self.query_one(FilteredList)
        listed.clear_options()
        listed.add_options(
            Option(self._row(command, typed, listed.row_cells), id=command.name) for command in self._found
        )
        listed.highlighted = 0 if self._found else None
        if not self._found:
            self.query_one("#synonyms", Static).update("")
        count = f"{len(self._found)} of {len(self._commands)}" if self._found else "none found"
        self.query_one(DialogFrame).show_state(count)

    def _row(self, command: Command, typed: str, width: int) -> Content:
        """The group, what the command does, and its key or the word to type."""
        keys = self._keys.label(command.name) or (f"/{command.slash}" if command.slash else "")
        right = Content.styled(keys.split(", ")[0], "bold $user")
        group = Content.styled(command.group.ljust(_GROUP_CELLS), "$dim")
        if width < _GROUP_CELLS + _MIN_HELP:
            group = Content()
        matched = matched_letters(typed, command.help)
        room = max(8, width - group.cell_length - right.cell_length - 2)
        text = Content.assemble(
            *((letter, "bold underline" if at in matched else "") for at, letter in enumerate(command.help))
        ).truncate(room, ellipsis=True)
        blanks = " " * max(2, width - group.cell_length - text.cell_length - right.cell_length)
        return Content.assemble(group, text, blanks, right)
