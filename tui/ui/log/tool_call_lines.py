"""Lays out the tool calls of an answer: each call once per width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.formatting import format_json
from tui.chat.safe_text import safe_line, safe_text
from tui.ui.markdown.lines import Line, Look, Run, chop, wrap
from tui.workspace.labels import tool_call_label

_FOLD: Final = Look("fold")
_CHARACTERS_PER_CELL: Final = 4
"""Characters of a label that are measured for each cell. More are cut off before."""


class ToolCallLines:
    """The lines of tool calls, of which more may follow."""

    # Thousands of answers have one each.
    __slots__ = ("_is_unfolded", "_width", "count", "lines")

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.count = 0
        """The number of calls that are laid out."""
        self._width = 0
        self._is_unfolded = False

    def lay_out(self, calls: Sequence[ToolCall], width: int, *, is_unfolded: bool, most: int | None = None) -> None:
        """Lay out calls that are not laid out yet.

        Args:
            calls: All calls so far.
            width: The width of the lines in cells.
            is_unfolded: Whether each call is shown in full, and not on one line.
            most: How many calls to lay out. None for all.
        """
        if (width, is_unfolded) != (self._width, self._is_unfolded):
            self.lines = []
            self.count = 0
            self._width, self._is_unfolded = width, is_unfolded
        stop = len(calls) if most is None else self.count + most
        for call in calls[self.count : stop]:
            self.lines.extend(_unfolded(call, width) if is_unfolded else [_folded(call, width)])
            self.count += 1


def _folded(call: ToolCall, width: int) -> Line:
    """A call on one line, ending in `…` if it is too long."""
    label = f"▸ ƒ {tool_call_label(call)}"
    run = Run(label[: _CHARACTERS_PER_CELL * width], _FOLD)
    first, *rest = chop([run], width)
    if not rest and len(label) == len(run.text):
        return first
    return Line((chop([run], width - 1)[0].runs[0], run._replace(text="…")))


def _unfolded(call: ToolCall, width: int) -> list[Line]:
    arguments = call.arguments
    if not isinstance(arguments, str):
        arguments = format_json(arguments, 2)
    return wrap([Run(f"▾ ƒ {safe_line(call.name)}\n{safe_text(arguments)}", _FOLD)], width)
