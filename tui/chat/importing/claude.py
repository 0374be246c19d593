"""Claude's export, `conversations.json` → conversations.

Sources: the fields as read by other importers, such as
https://github.com/Sinity/polylogue/blob/master/docs/providers/claude-ai.md, and
https://whychose.com/seo/claude-conversation-export-format (read in November 2026).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from tui.chat.conversation import Conversation
from tui.chat.fences import fenced
from tui.chat.formatting import truncate
from tui.chat.importing.tree import Node, build_conversation
from tui.chat.importing.values import list_in, text_in, time_in
from tui.chat.message import ChatMessage

_MAX_KIND: Final = 40
"""Characters of an unknown kind of content in the report."""

_NO_PARENT: Final = "00000000-0000-4000-8000-000000000000"

_FINISH_REASONS: Final = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "": None}


def is_claude(row: Mapping[str, Any]) -> bool:
    """Whether an object is a conversation exported by Claude."""
    return isinstance(row.get("chat_messages"), list)


def read_claude(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in an exported object.

    Args:
        row: `{"uuid", "name", "created_at", "updated_at", "model"?, "current_leaf_message_uuid"?, "chat_messages":
            [{"uuid", "sender": "human" or "assistant", "text", "content"?: [{"type", …}], "attachments": […],
            "files": […], "parent_message_uuid"?}]}`. Times are ISO 8601.
        left_out: Counts what cannot be imported.
        now: The present time, for a conversation without any time.

    Raises:
        Unusable: If the conversation has no messages.
    """
    nodes: dict[str, Node] = {}
    previous: str | None = None
    for at, exported in enumerate(list_in(row, "chat_messages")):
        if not isinstance(exported, dict):
            left_out["message that is not an object"] += 1
            continue
        name = text_in(exported, "uuid") or str(at)
        parent = text_in(exported, "parent_message_uuid")
        # Older exports have no parents: there, a message follows the one before it.
        nodes[name] = Node.of(None if parent == _NO_PARENT else parent or previous, _message(exported, left_out))
        previous = name
    return build_conversation(
        "claude",
        text_in(row, "uuid") or f"{row.get('created_at')} {text_in(row, 'name')}",
        nodes,
        text_in(row, "current_leaf_message_uuid") or previous,
        title=text_in(row, "name"),
        created_at=time_in(row, "created_at", left_out),
        updated_at=time_in(row, "updated_at", left_out),
        now=now,
        model=text_in(row, "model"),
    )


def _message(row: Mapping[str, Any], left_out: Counter[str]) -> ChatMessage | None:
    sender = text_in(row, "sender")
    if sender not in ("human", "assistant"):
        left_out[f"message of sender {truncate(sender, _MAX_KIND) or 'unknown'}"] += 1
        return None
    texts: list[str] = []
    thinking: list[str] = []
    for block in list_in(row, "content"):
        kind = text_in(block, "type") if isinstance(block, dict) else ""
        if kind == "text":
            texts.append(text_in(block, "text"))
        elif kind == "thinking":
            thinking.append(text_in(block, "thinking"))
        elif kind == "tool_use":
            left_out["tool call"] += 1
        elif kind == "tool_result":
            left_out["tool message"] += 1
        else:
            left_out[f"content of type {truncate(kind, _MAX_KIND) or 'unknown'}"] += 1
    text = "\n\n".join(filter(None, texts)) or text_in(row, "text")
    files = list_in(row, "files") or list_in(row, "files_v2")
    if files:
        left_out["file that is not in the export"] += len(files)
    if sender == "human":
        text = "\n\n".join(filter(None, [text, *_attachments(row, left_out)]))
        return ChatMessage("", "user", text, created_at=time_in(row, "created_at", left_out)) if text else None
    if not text and not any(thinking):
        return None
    reason = text_in(row, "stop_reason")
    return ChatMessage(
        "",
        "assistant",
        text,
        created_at=time_in(row, "created_at", left_out),
        thinking="\n\n".join(filter(None, thinking)),
        model=text_in(row, "model"),
        finish_reason=_FINISH_REASONS.get(reason, reason),
    )


def _attachments(row: Mapping[str, Any], left_out: Counter[str]) -> list[str]:
    """The texts of attached files, as llm-tui attaches them: the name, and the text in a fence."""
    found = []
    for attachment in list_in(row, "attachments"):
        text = text_in(attachment, "extracted_content") if isinstance(attachment, dict) else ""
        if not text:
            left_out["file that is not in the export"] += 1
            continue
        name = " ".join(text_in(attachment, "file_name").split()) or "attachment"
        suffix = PurePosixPath(name).suffix[1:]
        found.append(f"{name}:\n\n{fenced(text, suffix if suffix.isalnum() else '')}")
    return found
