"""Opens the menu of a message or of a conversation, and does what the user chose."""

from __future__ import annotations

from typing import Final

from textual.screen import Screen

from tui.ui.log.actions import ACTIONS
from tui.ui.screens.dialog import ask
from tui.ui.widgets.line_view import LineView
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.sidebar_lists import ConversationList
from tui.workspace.commands import BY_NAME
from tui.workspace.workspace import Workspace

_OPEN: Final = "open"
"""Not a command: Enter does it in the list."""

_WORDS: Final = {
    _OPEN: "open",
    "previous_version": "previous version",
    "next_version": "next version",
    "view_pictures": "view picture",
    "open_picture": "open picture",
    "save_pictures": "save picture",
}
"""The words that differ from those in the key bar."""


class Menus:
    """The menus that a right click opens."""

    def __init__(self, screen: Screen[None], workspace: Workspace, log: MessageLog, sidebar: Sidebar) -> None:
        """Args:
        screen: The menus open above it.
        workspace: Knows the keys.
        log: Has the messages.
        sidebar: Has the conversations.
        """
        self._screen = screen
        self._workspace = workspace
        self._log = log
        self._sidebar = sidebar

    async def open_for_message(self, clicked: LineView.MenuRequested) -> None:
        """Choose what to do with a message. It is selected meanwhile, so that the user sees which one it is."""
        message = clicked.entry.message
        if not self._log.mark(message.id):
            return
        names = ["copy_message", "regenerate_selected", "fork", "delete_message"]
        if message.role == "user":
            names.insert(1, "edit_message")
        if message.images:
            names += ["view_pictures", "open_picture", "save_pictures"]
        if self._has_versions(message.id):
            names += ["previous_version", "next_version"]
        chosen = await self._choose(names, clicked.x, clicked.y)
        # The log may show another conversation by now.
        if chosen is not None and self._log.mark(message.id):
            await self._log.run_action(ACTIONS[chosen])

    async def open_for_conversation(self, clicked: ConversationList.MenuRequested) -> None:
        """Choose what to do with a conversation of the list."""
        names = [_OPEN, "rename_conversation", "pin_selected", "delete_conversation"]
        chosen = await self._choose(names, clicked.x, clicked.y)
        if chosen is not None:
            self._sidebar.run_command(chosen, clicked.row_id)

    def _has_versions(self, message_id: str) -> bool:
        current = self._workspace.current
        conversation = None if current is None else current.session.conversation
        is_known = conversation is not None and message_id in conversation.messages
        return conversation is not None and is_known and len(conversation.siblings(message_id)) > 1

    async def _choose(self, names: list[str], x: int, y: int) -> str | None:
        from tui.ui.screens.menu import MenuItem, MenuScreen

        keys = self._workspace.keys
        items = [
            MenuItem(name, _WORDS.get(name) or BY_NAME[name].word, "enter" if name == _OPEN else keys.of(name))
            for name in names
        ]
        return await ask(self._screen, MenuScreen(items, x, y))
