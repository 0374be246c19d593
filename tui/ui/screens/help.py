"""Help: all commands and their keys."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from tui.ui.screens.dialog import Dialog
from tui.workspace.commands import BY_SLASH, COMMANDS, Keys, Place

_PLACES: Final[dict[Place, str]] = {
    "anywhere": "Anywhere",
    "prompt": "In the prompt",
    "log": "In the conversation (Tab goes there)",
    "sidebar": "In the list of conversations",
}


class HelpScreen(Dialog[None]):
    """Lists all commands with the keys in use, and the slash commands."""

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
    HelpScreen .help { width: 1fr; height: auto; }
    """

    def __init__(self, keys: Keys) -> None:
        """Args:
        keys: The keys in use.
        """
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """A row for each command, under the title of its place, then the slash commands."""
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc close"
            for place, title in _PLACES.items():
                yield Static(title, classes="title", markup=False)
                for command in COMMANDS:
                    if command.place == place and command.keys:
                        yield _row(self._keys.label(command.name), command.help)
            yield Static("Typed in the prompt", classes="title", markup=False)
            for command in BY_SLASH.values():
                yield _row(command.usage, command.typed_help)
            yield _row("@FILE", "Attach a text file or an image")


def _row(left: str, help_text: str) -> Horizontal:
    return Horizontal(Static(left, classes="keys", markup=False), Static(help_text, classes="help", markup=False))
