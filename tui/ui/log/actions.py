"""The actions of the commands that the message log handles."""

from __future__ import annotations

from typing import Final

DECISION_LINK: Final = "decide:"
"""The start of a link that decides about a tool call."""

DECISIONS: Final = (
    "allow_once",
    "allow_in_conversation",
    "allow_always",
    "deny",
    "deny_with_reason",
    "allow_all_once",
    "deny_all",
    "end_turn",
)
"""The commands that decide about a tool call."""

ACTIONS: Final = {
    "select_previous": "select_previous",
    "select_next": "select_next",
    "copy_message": "copy_message",
    "copy_code": "copy_code",
    "fold": "fold",
    "view_pictures": "screen.command('view_pictures')",
    "open_picture": "screen.command('open_picture')",
    "save_pictures": "screen.command('save_pictures')",
    "edit_message": "edit_message",
    "regenerate_selected": "regenerate",
    "previous_version": "show_version(-1)",
    "next_version": "show_version(1)",
    "fork": "fork",
    "delete_message": "delete_message",
    "undelete": "undo_delete",
}
"""The actions of the commands that the log handles."""
