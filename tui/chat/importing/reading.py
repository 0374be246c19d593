"""Reads the conversations in an export of any supported program."""

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

_SUPPORTED = "Supported: JSON exports of llm-tui, Open WebUI chats and ChatGPT's conversations.json."


def read_conversations(name: str, text: str) -> Imported:
    """The conversations in an export: one or a list, each in any supported format.

    Args:
        name: The name of the export, for error messages.
        text: The content of the export.

    Raises:
        UsageError: If the export has an unknown format. Single invalid conversations are reported in the result.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as cause:
        where = f": line {cause.lineno}" if isinstance(cause, json.JSONDecodeError) else ""
        raise UsageError(f"{name} is not JSON{where}.", hint=_SUPPORTED) from cause
    rows = value if isinstance(value, list) else [value]
    if not any(isinstance(row, dict) and (is_native(row) or is_chatgpt(row) or is_open_webui(row)) for row in rows):
        raise UsageError(f"No supported conversation found in {name}.", hint=_SUPPORTED)
    imported = Imported()
    for index, row in enumerate(rows):
        try:
            imported.conversations.append(_read(row, imported))
        except Unusable as cause:
            title = row.get("title") if isinstance(row, dict) else None
            label = repr(title) if isinstance(title, str) and title else f"conversation {index + 1}"
            imported.refused.append(f"{label}: {cause}")
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
    raise Unusable("unknown format")
