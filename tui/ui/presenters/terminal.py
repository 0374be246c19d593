"""Shows in the terminal's own title and progress what is going on."""

from __future__ import annotations

from collections.abc import Callable

from tui.chat.formatting import truncate
from tui.chat.safe_text import safe_line
from tui.workspace.events import Event
from tui.workspace.workspace import Workspace

_MAX_TITLE = 60
"""Characters of the conversation's title that are shown."""


class TerminalPresenter:
    """Feeds the terminal's title and progress."""

    def __init__(self, workspace: Workspace, show: Callable[[str, bool], None]) -> None:
        """Args:
        workspace: Has the current conversation.
        show: Shows a title, and whether something is going on.
        """
        self._workspace = workspace
        self._show = show
        self._shown = ("", False)

    def refresh(self, _: Event) -> None:
        """Show the title of the current conversation, and whether any answer is streaming."""
        current = self._workspace.current
        title = "" if current is None else truncate(safe_line(current.session.conversation.title), _MAX_TITLE)
        is_busy = bool(self._workspace.running)
        shown = (f"{title} · llm-tui" if title else "llm-tui", is_busy)
        if shown != self._shown:
            self._show(*shown)
            self._shown = shown
