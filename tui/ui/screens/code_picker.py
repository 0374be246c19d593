"""Choose one of a message's code blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.ui.markdown.render import CodeBlock
from tui.ui.screens.dialog import Dialog


class CodePicker(Dialog[int | None]):
    """Lists code blocks. Returns the index of the chosen one, from 0; None when cancelled."""

    DEFAULT_CSS = """
    CodePicker { align: center middle; background: $background 60%; }
    CodePicker > Vertical {
        width: 90; max-width: 95%; height: auto; max-height: 80%;
        border: round $primary; padding: 0 1; background: $background;
    }
    CodePicker OptionList, CodePicker OptionList:focus {
        height: auto; border: none; padding: 0; background: $background; background-tint: 0%;
    }
    """
    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, blocks: Sequence[CodeBlock]) -> None:
        """Args:
        blocks: The code blocks, two or more.
        """
        super().__init__()
        self._blocks = blocks

    def compose(self) -> ComposeResult:
        """The list of blocks."""
        with Vertical() as box:
            box.border_title = "Copy which code block?"
            box.border_subtitle = f"1–{min(9, len(self._blocks))} or Enter copy · Esc close"
            yield OptionList(*(Option(self._row(at, block)) for at, block in enumerate(self._blocks)))

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
            (f"{at + 1:>2}  ", "$text-accent"),
            (f"{safe_line(block.language) or 'text'} · {count}  ", "$foreground 55%"),
            safe_line(first[:200]),
        )
