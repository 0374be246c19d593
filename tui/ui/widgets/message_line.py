"""What a dialog says about what was just asked of it."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from textual.widgets import Static

_MOST_LINES: Final = 4


class MessageLine(Static):
    """A message of a dialog, in a few lines. Hidden while there is none."""

    DEFAULT_CSS = f"""
    MessageLine {{ max-height: {_MOST_LINES}; }}
    """

    def __init__(self) -> None:
        """Without a message."""
        super().__init__("", id="message", classes="message", markup=False)
        self.display = False
        self.text = ""
        """The message. Empty for none."""

    def show(self, text: str) -> None:
        """Show a message; empty text hides the last one."""
        self.text = text
        self.display = bool(text)
        self.update(text)

    def lines_in(self, width: int) -> int:
        """How many lines it takes in a width, in cells; about, as words are not cut."""
        return min(_MOST_LINES, -(-cell_len(self.text) // width))
