"""The theme picker: shows each theme while the cursor is on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import FilteredList, RowList


class ThemePicker(Dialog[str | None]):
    """Lists themes. Returns the name of the chosen one; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ThemePicker { background: transparent; }
    ThemePicker OptionList, ThemePicker OptionList:focus { max-height: 10; }
    """

    def __init__(self, names: Sequence[str], current: str, preview: Callable[[str], None]) -> None:
        """Args:
        names: The themes.
        current: The one in use.
        preview: Uses a theme.
        """
        super().__init__()
        self._names = names
        self._current = current
        self._preview_theme = preview

    def compose(self) -> ComposeResult:
        """A field that filters, and the themes."""
        yield DialogFrame(
            "Theme",
            FilterField(placeholder="type to filter"),
            FilteredList(markup=False),
            KeyLine([("↑↓", "preview", ""), ("Enter", "keep", "enter"), ("Esc", "cancel", "escape")]),
        )

    def on_mount(self) -> None:
        """List all themes, with the cursor on the one in use."""
        self._show("")
        self.query_one(Input).focus()

    def action_move(self, by: int) -> None:
        """Move the cursor, and stay in the field."""
        self.query_one(RowList).move_cursor(by)

    def action_leave(self) -> None:
        """Restore the theme that was in use."""
        self._preview_theme(self._current)
        self.dismiss(None)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(OptionList.OptionHighlighted)
    def _preview(self, event: OptionList.OptionHighlighted) -> None:
        self._preview_theme(str(event.option.id))

    @on(Input.Submitted)
    def _keep_highlighted(self) -> None:
        listed = self.query_one(OptionList)
        if listed.highlighted is not None:
            self.dismiss(listed.get_option_at_index(listed.highlighted).id)

    @on(OptionList.OptionSelected)
    def _keep_clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def _show(self, typed: str) -> None:
        found = [name for name in self._names if typed.strip().casefold() in name]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(Option(name, id=name) for name in found)
        listed.highlighted = (found.index(self._current) if self._current in found else 0) if found else None
        self.query_one(DialogFrame).show_state(f"{len(found)} of {len(self._names)}" if found else "none found")
