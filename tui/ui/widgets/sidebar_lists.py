"""The lists of the sidebar, and the line that unfolds the providers."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.light_dataclass import dataclass
from tui.ui.widgets.row_list import RowList

_RIGHT_BUTTON: Final = 3

_BAR: Final = "▎"
"""Marks the row at the cursor. It covers the first cell of a row, which is blank."""


class ProviderList(RowList):
    """The list of providers. A bar at the left edge shows that the keys act on the row."""

    mark = _BAR
    mark_cells = 0


class ConversationList(RowList):
    """The list of conversations. The right button asks for a menu, and opens nothing."""

    mark = _BAR
    mark_cells = 0

    @dataclass
    class MenuRequested(Message):
        """Posted when the user clicks on a row with the right button."""

        row_id: str
        x: int
        """The column of the screen."""

        y: int
        """The row of the screen."""

    current = ""
    """The id of the current conversation. Its row has a ground while the keys are elsewhere. Empty for none."""

    @property
    def shows_cursor(self) -> bool:
        """Also while the keys are in the filter: Enter opens the row."""
        sidebar = self.parent
        assert isinstance(sidebar, Widget)
        return self.has_focus or (sidebar.has_class("-filtering") and sidebar.has_focus_within)

    def render_line(self, y: int) -> Strip:
        """A line, on a ground if it is the current conversation's."""
        line = super().render_line(y)
        row = None if not self.current or self.shows_cursor else self.row_at(y)
        return self._on_ground(line) if row is not None and self.options[row[0]].id == self.current else line

    async def on_click(self, event: events.Click) -> None:
        """Leave the left button to Textual."""
        if event.button != _RIGHT_BUTTON:
            return
        event.prevent_default()
        at = event.style.meta.get("option")
        if at is not None and (row_id := self.get_option_at_index(at).id) is not None:
            self.highlighted = at
            self.post_message(self.MenuRequested(row_id, event.screen_x, event.screen_y))


class ProvidersLine(Static):
    """How many providers can be reached, on one line."""

    class Clicked(Message):
        """Posted when it was clicked."""

    def show(self, line: Content) -> None:
        """Show a line. The same again lays out nothing."""
        if not _is_same(self.content, line):
            self.update(line)

    def on_click(self) -> None:
        """Report the click."""
        self.post_message(self.Clicked())


def replace_options(options: OptionList, new: list[Option], current: str, restored: str = "") -> None:
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
    if not _replaced_in_place(options, new):
        options.clear_options()
        options.add_options(new)
    if ids:
        at = next((id_ for id_ in wanted if id_ in ids), ids[0])
        options.highlighted = options.get_option_index(at)


def _replaced_in_place(options: OptionList, new: list[Option]) -> bool:
    """Replace the text of rows that changed, if the list has the same rows as before. Returns whether it has.

    Clearing the list instead would lay out the whole screen, and every change of the chat shows the lists again.
    """
    before = options.options
    if [(option.id, option.disabled) for option in before] != [(option.id, option.disabled) for option in new]:
        return False
    for at, (old_row, new_row) in enumerate(zip(before, new, strict=True)):
        if not _is_same(old_row.prompt, new_row.prompt):
            options.replace_option_prompt_at_index(at, new_row.prompt)
    return True


def _is_same(one: VisualType, other: VisualType) -> bool:
    # `==` of contents compares only their texts.
    return one.is_same(other) if isinstance(one, Content) and isinstance(other, Content) else one == other
