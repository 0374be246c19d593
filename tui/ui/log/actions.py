"""The actions of the commands that the message log handles."""

from __future__ import annotations

from typing import Final

ACTIONS: Final = {
    "select_previous": "select_previous",
    "select_next": "select_next",
    "copy_message": "copy_message",
    "copy_code": "copy_code",
    "fold": "fold",
    "edit_message": "edit_message",
    "regenerate_selected": "regenerate",
    "previous_version": "show_version(-1)",
    "next_version": "show_version(1)",
    "fork": "fork",
    "delete_message": "delete_message",
    "undelete": "undo_delete",
}
"""The actions of the commands that the log handles."""
