"""The list of what is being written may become, above the prompt."""

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
from tui.ui.completing import Candidate

MOST_SHOWN: Final = 8
_LABEL_WIDTH: Final = 34


class Completions(Widget):
    """Candidates, one of them marked. It takes no keys: who writes has them."""

    DEFAULT_CSS = """
    Completions {
        display: none; overlay: screen; constrain: none inside;
        height: auto; width: 100%; padding: 0 1; margin: 0 1;
        background: $surface; color: $foreground;
    }
    """

    candidates: reactive[tuple[Candidate, ...]] = reactive((), layout=True)
    at: reactive[int] = reactive(0)

    class Clicked(Message):
        """Posted when a candidate is clicked."""

    def show(self, candidates: Sequence[Candidate]) -> None:
        """Show candidates, the first of them marked; none hides the list."""
        self.candidates, self.at = tuple(candidates), 0
        self.display = bool(candidates)
        self.styles.offset = (0, -min(MOST_SHOWN, len(candidates)))

    @property
    def marked(self) -> Candidate | None:
        """The candidate that is marked. None while nothing is shown."""
        return self.candidates[self.at] if self.candidates else None

    def move(self, by: int) -> None:
        """Mark another, round and round."""
        self.at = (self.at + by) % max(1, len(self.candidates))

    def render(self) -> RenderResult:
        """As many as there is room for, the marked one among them."""
        first = self._first
        # As wide for all of them as they are looked through, so that nothing jumps.
        width = min(_LABEL_WIDTH, max((cell_len(safe_line(each.label)) for each in self.candidates), default=0))
        lines = []
        for at, candidate in enumerate(self.candidates[first : first + MOST_SHOWN], first):
            label = Content(safe_line(candidate.label)).truncate(width, ellipsis=True, pad=True)
            line = Content.assemble(label, "  ", (safe_line(candidate.words), "$foreground 55%"))
            line = line.truncate(self.content_size.width, ellipsis=True, pad=True)
            lines.append(line.stylize("$foreground on $primary 40%") if at == self.at else line)
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Mark what is clicked, and say so."""
        self.at = min(len(self.candidates) - 1, self._first + event.y)
        self.post_message(self.Clicked())

    @property
    def _first(self) -> int:
        return max(0, min(self.at - MOST_SHOWN + 2, len(self.candidates) - MOST_SHOWN))
