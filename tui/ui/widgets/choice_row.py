"""A few words of which one is chosen: a row of a form. Arrows move the choice, a click sets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.safe_text import safe_line
from tui.light_dataclass import dataclass

_GAP = 1
_PADDING = 1


class ChoiceRow(Widget, can_focus=True):
    """Shows all choices, on as many lines as they need. The chosen one is solid."""

    DEFAULT_CSS = """
    ChoiceRow { height: auto; width: 1fr; }
    """
    BINDINGS: ClassVar = [
        Binding("right", "move(1)", show=False),
        Binding("left", "move(-1)", show=False),
    ]

    chosen: reactive[int | None] = reactive(None)
    """The index of the choice. None while nothing is chosen."""

    @dataclass
    class Chosen(Message):
        """Posted when the user chooses."""

        row: ChoiceRow
        index: int

        @property
        def control(self) -> ChoiceRow:
            """The row, for selectors of handlers."""
            return self.row

    def __init__(self, words: Sequence[str], chosen: int | None = None, *, id: str) -> None:  # noqa: A002
        """Args:
        words: The choices.
        chosen: The index of the choice at first. None for none.
        id: The widget's id.
        """
        super().__init__(id=id)
        self._words = tuple(map(safe_line, words))
        self.set_reactive(ChoiceRow.chosen, chosen)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """The number of lines that the choices need."""
        return max((line for _, line, _ in self._places(width)), default=0) + 1

    def render(self) -> RenderResult:
        """The choices, as words with space around them."""
        lines = [Content()]
        focused = self.has_focus
        for index, line, start in self._places(self.content_size.width):
            while len(lines) <= line:
                lines.append(Content())
            is_chosen = index == self.chosen
            look = (
                ("bold $onspark on $spark" if focused else "bold $text on $select") if is_chosen else "$second on $well"
            )
            word = Content.styled(f"{' ' * _PADDING}{self._words[index]}{' ' * _PADDING}", look)
            gap = " " * (start - lines[line].cell_length)
            lines[line] = Content.assemble(lines[line], gap, word)
        return Content("\n").join(lines)

    def on_focus(self) -> None:
        """The choice looks different with the keys on it."""
        self.refresh()

    def on_blur(self) -> None:
        """The choice looks different without the keys."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        for index, line, start in self._places(self.content_size.width):
            if event.y == line and start <= event.x < start + self._cells(index):
                self._choose(index)

    def action_move(self, by: int) -> None:
        """Choose the next (1) or previous (-1) one."""
        at = (-1 if by > 0 else len(self._words)) if self.chosen is None else self.chosen
        self._choose(min(max(at + by, 0), len(self._words) - 1))

    def _choose(self, index: int) -> None:
        if index != self.chosen:
            self.chosen = index
            self.post_message(self.Chosen(self, index))

    def _cells(self, index: int) -> int:
        return Content(self._words[index]).cell_length + 2 * _PADDING

    def _places(self, width: int) -> list[tuple[int, int, int]]:
        """For each choice its index, its line, and the cell where it starts."""
        places: list[tuple[int, int, int]] = []
        line = at = 0
        for index in range(len(self._words)):
            cells = self._cells(index)
            if at and at + cells > width:
                line, at = line + 1, 0
            places.append((index, line, at))
            at += cells + _GAP
        return places
