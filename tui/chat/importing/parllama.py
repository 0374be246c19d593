"""parllama's chats, `~/.local/share/parllama/chats/*.json` → conversations.

Source: `SessionStore.serialize` and `ParllamaChatMessage.to_dict` of
https://github.com/paulrobello/parllama/tree/main/src/parllama (version
0.10.1), and `ChatSession.to_json` of older ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.images import image_from_url
from tui.chat.importing.tree import build_conversation, linear
from tui.chat.importing.values import list_in, mapping_in, text_in, time_in
from tui.chat.message import ChatMessage

_MAX_KIND: Final = 40
"""Characters of an unknown role in the report."""


def is_parllama(row: Mapping[str, Any]) -> bool:
    """Whether an object is a chat of parllama."""
    has_model = isinstance(row.get("llm_config"), dict) or "llm_model_name" in row
    return has_model and "last_updated" in row and isinstance(row.get("messages"), list)


def read_parllama(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in a file of parllama.

    Args:
        row: `{"id", "name", "last_updated", "llm_config": {"provider", "model_name"}, "messages": [{"id", "role",
            "content", "thinking"?, "images"?, "tool_calls"?, "documents"?}]}`. Older versions have `session_id`,
            `session_name`, `llm_model_name` and `message_id` instead.
        left_out: Counts what cannot be imported.
        now: The present time, for a conversation without any time.

    Raises:
        Unusable: If the conversation has no messages.
    """
    exported = [message for message in list_in(row, "messages") if isinstance(message, dict)]
    model = text_in(mapping_in(row, "llm_config"), "model_name") or text_in(row, "llm_model_name")
    updated_at = time_in(row, "last_updated", left_out)
    nodes = linear(_message(message, model, left_out) for message in exported)
    system = next((text_in(message, "content") for message in exported if message.get("role") == "system"), "")
    return build_conversation(
        "parllama",
        text_in(row, "id") or text_in(row, "session_id") or text_in(row, "name"),
        nodes,
        next(reversed(nodes), None),
        title=text_in(row, "name") or text_in(row, "session_name"),
        created_at=updated_at,
        updated_at=updated_at,
        now=now,
        model=model,
        system_prompt=system or None,
    )


def _message(row: Mapping[str, Any], model: str, left_out: Counter[str]) -> ChatMessage | None:
    role, content, thinking = text_in(row, "role"), text_in(row, "content"), text_in(row, "thinking")
    if role == "system":
        return None
    if role not in ("user", "assistant"):
        left_out["tool message" if role == "tool" else f"message of role {truncate(role, _MAX_KIND) or 'unknown'}"] += 1
        return None
    for key, kind in (("tool_calls", "tool call"), ("documents", "attached document")):
        if count := len(list_in(row, key)):
            left_out[kind] += count
    if role == "assistant":
        return ChatMessage("", "assistant", content, thinking=thinking, model=model) if content or thinking else None
    urls = [url for url in list_in(row, "images") if isinstance(url, str)]
    images = tuple(filter(None, (image_from_url(url, "", left_out) for url in urls)))
    return ChatMessage("", "user", content, images=images) if content or images else None
