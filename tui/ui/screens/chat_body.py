"""The part of the main screen between header and key bar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.containers import Horizontal

from tui.ui.widgets.ground import Ground

if TYPE_CHECKING:
    from tui.ui.screens.chat_parts import ChatParts
    from tui.ui.widgets.job_lines import JobLines
    from tui.ui.widgets.message_log import MessageLog
    from tui.ui.widgets.sidebar import Sidebar
    from tui.ui.widgets.sidebar_lists import ConversationList


# Textual takes the styles of the first base only.
class ChatBody(Horizontal, Ground):
    """Contains the sidebar and the conversation, and passes on what the user asks for in them.

    Their messages are handled by their names, because they are loaded after the first picture.
    """

    def __init__(self, parts: Callable[[], ChatParts]) -> None:
        """Args:
        parts: Returns what does what is asked for.
        """
        super().__init__(id="body")
        self._parts = parts

    def on_message_log_copy_requested(self, message: MessageLog.CopyRequested) -> None:
        """Copy a text."""
        self._parts().clipboard.copy(message.text, message.label)

    def on_message_log_copy_code_requested(self, message: MessageLog.CopyCodeRequested) -> None:
        """Copy a code block."""
        self._parts().actions.start(partial(self._parts().clipboard.copy_code, message.blocks), "copy")

    def on_message_log_link_clicked(self, message: MessageLog.LinkClicked) -> None:
        """Show where a link leads."""
        self._parts().dialogs.open_link(message.address)

    def on_line_view_picture_clicked(self, message: MessageLog.PictureClicked) -> None:
        """Show the picture on the whole screen."""
        self._parts().actions.start(
            partial(self._parts().pictures.view, message.entry.message.images, message.number), "picture"
        )

    def on_line_view_menu_requested(self, message: MessageLog.MenuRequested) -> None:
        """Open the menu of a message."""
        self._parts().actions.start(partial(self._parts().menus.open_for_message, message), "menu")

    def on_conversation_list_menu_requested(self, message: ConversationList.MenuRequested) -> None:
        """Open the menu of a conversation."""
        self._parts().actions.start(partial(self._parts().menus.open_for_conversation, message), "menu")

    def on_message_log_edit_requested(self, message: MessageLog.EditRequested) -> None:
        """Put a prompt into the composer, to be sent again in its place."""
        self._parts().message_requests.edit(message)

    def on_message_log_regenerate_requested(self, message: MessageLog.RegenerateRequested) -> None:
        """Ask for another answer."""
        self._parts().message_requests.regenerate(message)

    def on_message_log_version_requested(self, message: MessageLog.VersionRequested) -> None:
        """Go to another version of a message."""
        self._parts().message_requests.show_version(message)

    def on_message_log_fork_requested(self, message: MessageLog.ForkRequested) -> None:
        """Fork the conversation."""
        self._parts().message_requests.fork(message)

    def on_message_log_delete_requested(self, message: MessageLog.DeleteRequested) -> None:
        """Delete a message and everything after it."""
        self._parts().message_requests.delete(message)

    def on_message_log_undo_delete_requested(self) -> None:
        """Restore deleted messages."""
        self._parts().message_requests.undo_delete()

    def on_job_lines_clicked(self, message: JobLines.Clicked) -> None:
        """Open the list of models, where jobs are stopped, or ask whether to stop an import."""
        self._parts().actions.run(message.command)

    def on_sidebar_provider_chosen(self, message: Sidebar.ProviderChosen) -> None:
        """Use another provider in this conversation."""
        self._parts().sidebar_requests.choose_provider(message)

    def on_sidebar_command_chosen(self, message: Sidebar.CommandChosen) -> None:
        """Run a command that is listed below the providers."""
        self._parts().panels.leave_sidebar()
        self._parts().actions.run(message.command)

    def on_sidebar_conversation_chosen(self, message: Sidebar.ConversationChosen) -> None:
        """Go to another conversation."""
        self._parts().sidebar_requests.open(message)

    def on_sidebar_pin_requested(self, message: Sidebar.PinRequested) -> None:
        """Pin or unpin a conversation."""
        self._parts().sidebar_requests.pin(message)

    def on_sidebar_rename_requested(self, message: Sidebar.RenameRequested) -> None:
        """Rename a conversation."""
        self._parts().actions.start(partial(self._parts().dialogs.rename, message.conversation_id), "manage")

    def on_sidebar_delete_requested(self, message: Sidebar.DeleteRequested) -> None:
        """Delete a conversation."""
        self._parts().sidebar_requests.delete(message)

    def on_sidebar_undo_delete_requested(self) -> None:
        """Restore the conversation that was deleted last."""
        self._parts().sidebar_requests.undo_delete()

    def on_sidebar_filter_changed(self, message: Sidebar.FilterChanged) -> None:
        """Filter the list of conversations."""
        self._parts().conversations.filter(message.text)

    def on_sidebar_width_requested(self, message: Sidebar.WidthRequested) -> None:
        """Make the sidebar narrower or wider, and keep its width."""
        self._parts().sidebar_requests.resize(message)
