"""Does what the user asks for in the sidebar: other providers and conversations, and changes of the list."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from tui.chat.conversation import FoundMessage
from tui.ui.presenters.panels import Panels
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.worker_tasks import StartWork
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.workspace import Workspace

_WRITE_DELAY_S: Final = 0.4
"""Seconds after the last change of the sidebar's width after which it is saved."""


class SidebarRequests:
    """Applies requests to providers, conversations and the width of the sidebar."""

    def __init__(
        self,
        workspace: Workspace,
        directory: ProviderDirectory,
        panels: Panels,
        start: StartWork,
    ) -> None:
        """Args:
        workspace: Changed.
        directory: Knows when the start is over.
        panels: Left when something is chosen.
        start: Starts what waits.
        """
        self._workspace = workspace
        self._directory = directory
        self._panels = panels
        self._start = start

    def choose_provider(self, message: Sidebar.ProviderChosen) -> None:
        """Use another provider in this conversation."""
        self._panels.leave_sidebar()
        self._start(partial(self._use_provider, message.name), "switch")

    def open(self, message: Sidebar.ConversationChosen) -> None:
        """Go to another conversation."""
        self._panels.leave_sidebar()
        self._start(partial(self._open, message.conversation_id, message.found), "switch")

    def pin(self, message: Sidebar.PinRequested) -> None:
        """Pin or unpin a conversation."""
        self._start(partial(self._workspace.toggle_pin, message.conversation_id), "manage")

    def delete(self, message: Sidebar.DeleteRequested) -> None:
        """Delete a conversation."""
        self._start(partial(self._workspace.deletions.delete, message.conversation_id), "manage")

    def undo_delete(self) -> None:
        """Restore the conversation that was deleted last."""
        self._start(self._workspace.deletions.undo_delete, "manage")

    def resize(self, message: Sidebar.WidthRequested) -> None:
        """Make the sidebar narrower or wider, and keep its width."""
        if self._panels.resize_sidebar(message.columns, is_relative=message.is_relative):
            self._start(self._save_width, "sidebar width")

    async def _use_provider(self, name: str) -> None:
        await self._directory.ready.wait()
        await self._workspace.use_provider(name)

    async def _open(self, conversation_id: str, found: FoundMessage | None) -> None:
        await self._directory.ready.wait()
        if found is None:
            await self._workspace.open(conversation_id)
        else:
            await self._workspace.open(conversation_id, found.message_id, found.words)

    async def _save_width(self) -> None:
        # One write for a key that is held, or an edge that is dragged.
        await asyncio.sleep(_WRITE_DELAY_S)
        await self._workspace.change_settings({"sidebar_width": self._panels.sidebar_width})
