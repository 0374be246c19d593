"""Reading whole exports in tests."""

from __future__ import annotations

from tui.chat.importing.reading import read_conversations
from tui.chat.importing.report import Imported

NOW = 1_767_583_930.0
"""When exports are imported."""


def read_all(name: str, text: str, *, piece: int = 1_000_000) -> Imported:
    """Everything in an export, as one batch.

    Args:
        name: The name of the export.
        text: Its content.
        piece: Characters that are read at a time.
    """
    whole = Imported()
    pieces = (text[at : at + piece] for at in range(0, len(text), piece))
    for batch in read_conversations(name, pieces, lambda: NOW):
        whole.conversations.extend(batch.conversations)
        whole.merge(batch)
    return whole
