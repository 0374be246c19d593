"""What stands where on the chat's screen, and how one moves about in it."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.ui.actions import keys_of, shown_keys
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.prompt_box import PromptBox
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.status_bar import StatusBar

_WIDE = 100
"""Columns from which on the sidebar is shown unasked."""


class ChatLayout(Screen[None]):
    """Sidebar, log, status and prompt."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Args:
        keys: `[keys]` of the config file.
        """
        super().__init__()
        self._chosen_keys = keys
        self._log = MessageLog()
        # The blank is for the cursor, which would stand on the first letter.
        self._prompt = PromptBox(self._keys("send"), self._keys("new_line"), placeholder=" Ask something")
        self._prompt.completions = self._completions = Completions()
        self._status = StatusBar()
        self._sidebar = Sidebar()
        self._sidebar_wanted: bool | None = None
        """Whether the user wants it. None leaves it to the width."""

    def compose(self) -> ComposeResult:
        """Sidebar at the left; log, status and prompt at the right."""
        with Horizontal():
            yield self._sidebar
            with Vertical(id="conversation"):
                yield self._log
                yield self._status
                yield self._completions
                yield self._prompt

    def on_resize(self, event: events.Resize) -> None:
        """Show the sidebar where there is room for it, unless the user has said otherwise."""
        self._display_sidebar(event.size.width >= _WIDE if self._sidebar_wanted is None else self._sidebar_wanted)

    def action_toggle_sidebar(self) -> None:
        """Hide the sidebar, or show it."""
        self._show_sidebar(not self._sidebar.display)

    def action_next_area(self) -> None:
        """Complete what is being written; else go from the prompt to the log, on to the sidebar, and to the prompt."""
        if not (self._prompt.has_focus and self._prompt.complete()):
            self._go(1)

    def action_previous_area(self) -> None:
        """The same the other way round."""
        self._go(-1)

    def _repaint(self) -> None:
        """Draw everything again: somebody else has had the terminal."""
        for widget in self.walk_children(with_self=True):
            widget.refresh()

    def action_suspend(self) -> None:
        """Suspend to the shell."""
        self.app.action_suspend_process()

    def _show_sidebar(self, shown: bool) -> None:
        self._sidebar_wanted = shown
        self._display_sidebar(shown)

    def _display_sidebar(self, shown: bool) -> None:
        self._sidebar.display = shown
        if not shown and self._sidebar.has_focus_within:
            self._prompt.focus()

    def _shown(self, action: str) -> str:
        return shown_keys(self._keys(action))

    def _keys(self, action: str) -> str:
        return keys_of(action, self._chosen_keys)

    def _go(self, by: int) -> None:
        areas = [self._prompt, self._log, *(self._sidebar.areas if self._sidebar.display else ())]
        at = next((at for at, area in enumerate(areas) if area is self.focused), 0)
        # At once: what is typed right behind the key is meant for where it leads.
        self.set_focus(areas[(at + by) % len(areas)])
