"""Help: every action and its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.actions import ACTIONS, Place, keys_of, shown_keys
from tui.ui.slash import COMMANDS

_PLACES: Final[dict[Place, str]] = {
    "anywhere": "Anywhere",
    "prompt": "In the prompt",
    "log": "In the conversation (Tab goes there)",
    "sidebar": "In the list of conversations",
}


class HelpScreen(ModalScreen[None]):
    """Lists what can be done, as the user's own keys have it, and what can be written."""

    BINDINGS: ClassVar = [Binding("escape,f1,q", "dismiss", show=False)]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 96; max-width: 96%; height: auto; max-height: 92%;
        background: $surface; border: round $primary; padding: 0 2;
        scrollbar-size-vertical: 1; scrollbar-color: $foreground 20%; scrollbar-background: $surface;
    }
    HelpScreen Horizontal { height: auto; }
    HelpScreen .title { color: $text-primary; text-style: bold; margin-top: 1; }
    HelpScreen .keys { width: 34; padding-left: 2; color: $text-accent; }
    HelpScreen .words { width: 1fr; height: auto; }
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Args:
        keys: `[keys]` of the config.
        """
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """A row for each action, under the title of its place, and for each command."""
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc closes"
            for place, title in _PLACES.items():
                yield Static(title, classes="title", markup=False)
                for action in ACTIONS:
                    if action.place == place:
                        keys = shown_keys(keys_of(action.name, self._keys))
                        yield _row(keys, action.words)
            yield Static("Written in the prompt", classes="title", markup=False)
            for command in COMMANDS:
                yield _row(f"/{command.name} {command.argument}".rstrip(), command.words)
            yield _row("@FILE", "A text or a picture that goes with the prompt")


def _row(left: str, words: str) -> Horizontal:
    return Horizontal(Static(left, classes="keys", markup=False), Static(words, classes="words", markup=False))
