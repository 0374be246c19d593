"""Choose one of a message's code blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.ui.markdown.render import CodeBlock
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.row_list import RowList


class CodePicker(Dialog[int | None]):
    """Lists code blocks. Returns the index of the chosen one, from 0; None when cancelled."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, blocks: Sequence[CodeBlock]) -> None:
        """Args:
        blocks: The code blocks, two or more.
        """
        super().__init__()
        self._blocks = blocks

    def compose(self) -> ComposeResult:
        """The list of blocks."""
        last = min(9, len(self._blocks))
        yield DialogFrame(
            "Copy which code block?",
            RowList(*(Option(self._row(at, block)) for at, block in enumerate(self._blocks))),
            KeyLine([("Enter", "copy", "enter"), (f"1–{last}", "copy", ""), ("Esc", "close", "escape")]),
            size="list",
        )

    def on_key(self, event: events.Key) -> None:
        """A digit chooses at once."""
        at = int(event.character) - 1 if event.character and event.character in "123456789" else len(self._blocks)
        if at < len(self._blocks):
            event.stop()
            self.dismiss(at)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.dismiss(message.option_index)

    def _row(self, at: int, block: CodeBlock) -> Content:
        lines = block.code.count("\n") + 1
        first = next((line.strip() for line in block.code.splitlines() if line.strip()), "")
        count = f"{lines} line{'' if lines == 1 else 's'}"
        return Content.assemble(
            (f"{at + 1:>2}  ", "$accent"),
            (f"{safe_line(block.language) or 'text'} · {count}  ", "$text 55%"),
            safe_line(first[:200]),
        )
