"""The list of completions above the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.safe_text import safe_line
from tui.ui.widgets.cursor_row import CURSOR_MARK, cursor_content
from tui.workspace.completion import Candidate

MAX_SHOWN: Final = 8
_LABEL_WIDTH: Final = 34
_GAP: Final = "  "


class Completions(Widget):
    """Candidates, one of them highlighted. Never focused: the prompt keeps the focus."""

    DEFAULT_CSS = """
    Completions {
        display: none; overlay: screen; constrain: none inside;
        height: auto; width: 100%; padding: 0; margin: 0;
        background: $raised; color: $text;
    }
    """

    candidates: reactive[tuple[Candidate, ...]] = reactive((), layout=True)
    index: reactive[int] = reactive(0)
    """Which of them is highlighted."""

    class Clicked(Message):
        """Posted when a candidate is clicked."""

    def show(self, candidates: Sequence[Candidate]) -> None:
        """Show candidates, the first highlighted; an empty sequence hides the list."""
        self.candidates, self.index = tuple(candidates), 0
        self.display = bool(candidates)
        self.styles.offset = (0, -min(MAX_SHOWN, len(candidates)))

    @property
    def highlighted(self) -> Candidate | None:
        """The highlighted candidate. None while none are shown."""
        return self.candidates[self.index] if self.candidates else None

    def move(self, by: int) -> None:
        """Highlight another candidate, wrapping at the ends."""
        self.index = (self.index + by) % max(1, len(self.candidates))

    def render(self) -> RenderResult:
        """As many as fit, the highlighted one among them."""
        first = self._first_shown
        width = self._label_width()
        lines = []
        for at, candidate in enumerate(self.candidates[first : first + MAX_SHOWN], first):
            shown = safe_line(candidate.label)
            shown = keep_end(shown, width) if candidate.has_name_last else shown
            label = Content(shown).truncate(width, ellipsis=True, pad=True)
            mark = CURSOR_MARK if at == self.index else " " * len(CURSOR_MARK)
            line = Content.assemble((mark, "bold $user"), label, _GAP, (safe_line(candidate.help), "$dim"))
            line = line.truncate(self.content_size.width, ellipsis=True, pad=True)
            lines.append(cursor_content(line, self.app) if at == self.index else line)
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Highlight the candidate that was clicked."""
        self.index = min(len(self.candidates) - 1, self._first_shown + event.y)
        self.post_message(self.Clicked())

    def _label_width(self) -> int:
        """Cells for labels: what they need, but only what the helps leave, or a usual width.

        One for all candidates, so that nothing jumps while the user moves through them.
        """
        needed = max((cell_len(safe_line(each.label)) for each in self.candidates), default=0)
        helps = max((cell_len(safe_line(each.help)) for each in self.candidates), default=0)
        room = self.content_size.width - len(CURSOR_MARK) - len(_GAP)
        # At least a cell is left to helps: there the line is cut.
        return min(needed, max(0, room - 1), max(_LABEL_WIDTH, room - helps))

    @property
    def _first_shown(self) -> int:
        return max(0, min(self.index - MAX_SHOWN + 2, len(self.candidates) - MAX_SHOWN))


def keep_end(text: str, width: int) -> str:
    """A line of text without its beginning, as far as it does not fit.

    Args:
        text: The line.
        width: Cells that there are.
    """
    if cell_len(text) <= width:
        return text
    kept = text
    while kept and cell_len(kept) + 1 > width:
        kept = kept[1:]
    return f"…{kept}"
