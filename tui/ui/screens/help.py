"""Help: every action and its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.actions import ACTIONS, Place, keys_of, shown_keys

_PLACES: Final[dict[Place, str]] = {
    "anywhere": "Anywhere",
    "prompt": "In the prompt",
    "log": "In the conversation (Tab goes there)",
}


class HelpScreen(ModalScreen[None]):
    """Lists what can be done, as the user's own keys have it."""

    BINDINGS: ClassVar = [Binding("escape,f1,q", "dismiss", show=False)]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 92%;
        background: $surface; border: round $primary; padding: 0 2; scrollbar-size-vertical: 1;
    }
    HelpScreen Static { height: auto; }
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Args:
        keys: `[keys]` of the config.
        """
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc closes"
            yield Static(self._content())

    def _content(self) -> Content:
        lines: list[Content] = []
        for place, title in _PLACES.items():
            lines.append(Content.assemble(("\n" if lines else "") + title, "").stylize("bold $text-primary"))
            for action in ACTIONS:
                if action.place == place:
                    keys = shown_keys(keys_of(action.name, self._keys))
                    lines.append(Content.assemble((f"  {keys:<30} ", "$text-accent"), action.words))
        return Content("\n").join(lines)
