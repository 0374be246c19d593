"""A small menu at the mouse: what can be done with what was clicked, and the key for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.row_list import RowList
from tui.workspace.keys import key_label

_GAP = 3


class MenuItem(NamedTuple):
    """A row of the menu."""

    name: str
    """What the menu returns: the name of a command."""

    word: str
    keys: str
    """Keys that choose it, as Textual names them, joined by commas. May be empty."""


class MenuScreen(Dialog[str | None]):
    """Lists what can be done. Returns the name of the chosen item; None when closed."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]
    DEFAULT_CSS = """
    MenuScreen { align: left top; background: $ground 0%; }
    MenuScreen > OptionList, MenuScreen > OptionList:focus {
        height: auto; max-height: 100%; padding: 0; color: $second;
        background: $raised; background-tint: 0%; border: round $edge;
    }
    MenuScreen > OptionList > .option-list--option { padding: 0 1 0 0; }
    MenuScreen > OptionList > .option-list--option-highlighted { background: $raised; color: $text; }
    """

    def __init__(self, items: Sequence[MenuItem], x: int, y: int) -> None:
        """Args:
        items: The rows, one or more.
        x: The column of the screen to open at.
        y: The row of the screen to open at.
        """
        super().__init__()
        self._items = items
        self._at = (x, y)

    def compose(self) -> ComposeResult:
        """The rows: a word, and its key on the right."""
        labels = [key_label(item.keys.split(",")[0]) for item in self._items]
        width = max(len(item.word) + len(label) for item, label in zip(self._items, labels, strict=True)) + _GAP
        rows = [
            Option(
                Content.assemble(
                    safe_line(item.word), " " * (width - len(item.word) - len(label)), (label, "bold $user")
                ),
                id=item.name,
            )
            for item, label in zip(self._items, labels, strict=True)
        ]
        listed = RowList(*rows, markup=False)
        listed.styles.width = width + listed.mark_cells + 3
        yield listed

    def on_resize(self, event: events.Resize) -> None:
        """Stand at the mouse, and within the screen."""
        listed = self.query_one(OptionList)
        width = 0 if listed.styles.width is None else int(listed.styles.width.value)
        x = min(self._at[0], event.size.width - width)
        y = min(self._at[1], event.size.height - len(self._items) - 2)
        listed.styles.offset = (max(0, x), max(0, y))

    def on_key(self, event: events.Key) -> None:
        """The key of an item chooses it."""
        for item in self._items:
            keys = [key.strip() for key in item.keys.split(",")]
            if event.key in keys or (event.character and event.character in keys):
                event.stop()
                self.dismiss(item.name)
                return

    async def on_click(self, event: events.Click) -> None:
        """A click beside the menu closes it."""
        if not self.query_one(OptionList).region.contains(event.screen_x, event.screen_y):
            self.dismiss(None)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
