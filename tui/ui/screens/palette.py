"""The command palette: every command with its keys, found by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import RowList
from tui.workspace.command_search import find_commands
from tui.workspace.commands import Command, Keys


class Palette(Dialog[str | None]):
    """Lists commands. Returns the name of the chosen one; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        *cursor_bindings(),
    ]
    DEFAULT_CSS = """
    Palette OptionList, Palette OptionList:focus { max-height: 18; }
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

    def compose(self) -> ComposeResult:
        """A field that filters, and the commands."""
        yield DialogFrame(
            "Commands",
            FilterField(placeholder="what do you want to do?"),
            RowList(markup=False),
            KeyLine([("↑↓", "select", ""), ("Enter", "run", "enter"), ("Esc", "close", "escape")]),
        )

    def on_mount(self) -> None:
        """List all commands."""
        self._show("")
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self.call_after_refresh(lambda: self._show(self.query_one(Input).value))

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

    def action_move(self, by: int) -> None:
        """Move the cursor, and stay in the field."""
        self.query_one(RowList).move_cursor(by)

    def _show(self, typed: str) -> None:
        found = find_commands(typed, self._commands, self._recent)
        listed = self.query_one(OptionList)
        width = listed.scrollable_content_region.width - 2
        listed.clear_options()
        listed.add_options(Option(self._row(command, width), id=command.name) for command in found)
        listed.highlighted = 0 if found else None
        self.query_one(DialogFrame).show_state(f"{len(found)} of {len(self._commands)}" if found else "none found")

    def _row(self, command: Command, width: int) -> Content:
        keys = self._keys.label(command.name) or (f"/{command.slash}" if command.slash else "")
        right = Content.styled(keys.split(", ")[0], "bold $user")
        left = Content(command.help).truncate(max(8, width - right.cell_length - 2), ellipsis=True)
        return Content.assemble(left, " " * max(2, width - left.cell_length - right.cell_length), right)
