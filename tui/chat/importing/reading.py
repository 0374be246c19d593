"""The text of an export, whoever wrote it → the conversations in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tui.chat.conversation import Conversation
from tui.chat.importing.chatgpt import is_chatgpt, read_chatgpt
from tui.chat.importing.native import is_native, read_native
from tui.chat.importing.open_webui import is_open_webui, read_open_webui
from tui.chat.importing.report import Imported
from tui.chat.importing.values import Unusable
from tui.errors import UsageError

_KNOWN = "llm-tui's own JSON, Open WebUI's chats and ChatGPT's conversations.json can be imported."


def read_conversations(name: str, text: str) -> Imported:
    """The conversations in an export: one, or a list of them, each by its own format.

    Args:
        name: What to call the export where it cannot be read.
        text: It.

    Raises:
        UsageError: When it is no export that we know. Single conversations that cannot be taken are reported.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as cause:
        where = f": line {cause.lineno}" if isinstance(cause, json.JSONDecodeError) else ""
        raise UsageError(f"{name} is no JSON{where}.", hint=_KNOWN) from cause
    rows = value if isinstance(value, list) else [value]
    if not any(isinstance(row, dict) and (is_native(row) or is_chatgpt(row) or is_open_webui(row)) for row in rows):
        raise UsageError(f"There is no conversation in {name} that we know how to read.", hint=_KNOWN)
    imported = Imported()
    for at, row in enumerate(rows):
        try:
            imported.conversations.append(_read(row, imported))
        except Unusable as cause:
            title = row.get("title") if isinstance(row, dict) else None
            called = repr(title) if isinstance(title, str) and title else f"conversation {at + 1}"
            imported.refused.append(f"{called}: {cause}")
    return imported


def _read(row: object, imported: Imported) -> Conversation:
    if isinstance(row, dict):
        known: Mapping[str, Any] = row
        if is_native(known):
            return read_native(known)
        if is_chatgpt(known):
            return read_chatgpt(known, imported.left_out)
        if is_open_webui(known):
            return read_open_webui(known, imported.left_out)
    raise Unusable("it is nothing that we know how to read")
