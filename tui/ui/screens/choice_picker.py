"""A list of which one thing is chosen. Shows each in use while the cursor is on it, where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import FilteredList, RowList


class Choice(NamedTuple):
    """Something to choose."""

    value: str
    """What is returned; may be empty."""

    label: str


class ChoicePicker(Dialog[str | None]):
    """Lists choices. Returns the value of the chosen one; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ChoicePicker.-preview { background: transparent; }
    ChoicePicker OptionList, ChoicePicker OptionList:focus { max-height: 10; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        current: str,
        preview: Callable[[str], None] | None = None,
    ) -> None:
        """Args:
        title: What is chosen.
        choices: What there is to choose.
        current: The value in use.
        preview: Uses a value while the cursor is on it. None if that cannot be shown.
        """
        super().__init__(classes="" if preview is None else "-preview")
        self._title = title
        self._choices = choices
        self._found: Sequence[Choice] = choices
        self._current = current
        self._preview_value = preview

    def compose(self) -> ComposeResult:
        """A field that filters, and the choices."""
        words = ("choose", "choose") if self._preview_value is None else ("preview", "keep")
        yield DialogFrame(
            self._title,
            FilterField(placeholder="type to filter"),
            FilteredList(markup=False),
            KeyLine([("↑↓", words[0], ""), ("Enter", words[1], "enter"), ("Esc", "cancel", "escape")]),
        )

    def on_mount(self) -> None:
        """List all choices, with the cursor on the one in use."""
        self._show("")
        self.query_one(Input).focus()

    def action_move(self, by: int) -> None:
        """Move the cursor, and stay in the field."""
        self.query_one(RowList).move_cursor(by)

    def action_leave(self) -> None:
        """Restore the value that was in use."""
        if self._preview_value is not None:
            self._preview_value(self._current)
        self.dismiss(None)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(OptionList.OptionHighlighted)
    def _preview(self, event: OptionList.OptionHighlighted) -> None:
        if self._preview_value is not None and event.option_index < len(self._found):
            self._preview_value(self._found[event.option_index].value)

    @on(Input.Submitted)
    def _choose_highlighted(self) -> None:
        self._choose(self.query_one(OptionList).highlighted)

    @on(OptionList.OptionSelected)
    def _choose_clicked(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option_index)

    def _choose(self, at: int | None) -> None:
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at].value)

    def _show(self, typed: str) -> None:
        word = typed.strip().casefold()
        self._found = [choice for choice in self._choices if word in choice.label.casefold()]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(Option(Content(safe_line(choice.label))) for choice in self._found)
        at = next((at for at, choice in enumerate(self._found) if choice.value == self._current), 0)
        listed.highlighted = at if self._found else None
        count = f"{len(self._found)} of {len(self._choices)}" if self._found else "none found"
        self.query_one(DialogFrame).show_state(count)
