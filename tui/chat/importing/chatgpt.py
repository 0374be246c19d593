"""ChatGPT's export, `conversations.json` → conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.tool_steps import arguments_in, call_id, result_message
from tui.chat.importing.tree import Node, build_conversation, parents_of
from tui.chat.importing.values import list_in, mapping_in, text_in, time_in
from tui.chat.message import ChatMessage

_MAX_KIND: Final = 40
"""Characters of an unknown kind of content in the report."""


def is_chatgpt(row: Mapping[str, Any]) -> bool:
    """Whether an object is a conversation exported by ChatGPT."""
    return isinstance(row.get("mapping"), dict)


def read_chatgpt(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in an exported object.

    Args:
        row: The exported conversation.
        left_out: Counts what cannot be imported.
        now: The present time, for a conversation without any time.

    Raises:
        Unusable: If the conversation has no messages.
    """
    exported = {name: node for name, node in mapping_in(row, "mapping").items() if isinstance(node, dict)}
    parents = parents_of(exported, "parent", "children")
    messages = {name: mapping_in(node, "message") for name, node in exported.items()}
    calls = {name: call for name, message in messages.items() if (call := _call(name, message)) is not None}
    nodes = {
        name: _node(parents[name], message, _call_of(name, messages, parents, calls), left_out)
        for name, message in messages.items()
    }
    return build_conversation(
        "chatgpt",
        text_in(row, "conversation_id") or text_in(row, "id") or f"{row.get('create_time')} {text_in(row, 'title')}",
        nodes,
        text_in(row, "current_node") or None,
        title=text_in(row, "title"),
        created_at=time_in(row, "create_time", left_out),
        updated_at=time_in(row, "update_time", left_out),
        now=now,
        model=text_in(row, "default_model_slug"),
    )


def _call(name: str, message: Mapping[str, Any]) -> ToolCall | None:
    """The tool call in a message: what the model sends to a tool instead of the user. None if it has none."""
    recipient = text_in(message, "recipient")
    if text_in(mapping_in(message, "author"), "role") != "assistant" or recipient in ("", "all"):
        return None
    content = mapping_in(message, "content")
    parts = [part for part in list_in(content, "parts") if isinstance(part, str)]
    return ToolCall(recipient, arguments_in(text_in(content, "text") or "".join(parts)), call_id(name))


def _call_of(
    name: str,
    messages: Mapping[str, Mapping[str, Any]],
    parents: Mapping[str, str | None],
    calls: Mapping[str, ToolCall],
) -> ToolCall | None:
    """The call in a message, or the call that it is a result of: the next one above, with only results between."""
    seen: set[str] = set()
    at: str | None = name
    while at is not None and at not in seen:
        if at in calls:
            return calls[at]
        if text_in(mapping_in(messages.get(at, {}), "author"), "role") != "tool":
            return None
        seen.add(at)
        at = parents.get(at)
    return None


def _node(parent: str | None, message: Mapping[str, Any], call: ToolCall | None, left_out: Counter[str]) -> Node:
    if not message:
        return Node(parent)
    content, metadata = mapping_in(message, "content"), mapping_in(message, "metadata")
    kind, role = text_in(content, "content_type"), text_in(mapping_in(message, "author"), "role")
    if kind == "thoughts":
        thoughts = [thought for thought in list_in(content, "thoughts") if isinstance(thought, dict)]
        return Node(parent, thinking="\n\n".join(filter(None, (text_in(each, "content") for each in thoughts))))
    if metadata.get("is_visually_hidden_from_conversation") is True or role == "system" or kind == "reasoning_recap":
        # ChatGPT does not show these messages either.
        return Node(parent)
    if role not in ("user", "assistant", "tool") or (role == "tool" and call is None):
        left_out["tool message" if role == "tool" else "message of unknown role"] += 1
        return Node(parent)
    created_at = time_in(message, "create_time", left_out)
    if call is not None and role == "assistant":
        model = text_in(metadata, "model_slug")
        return Node(parent, (ChatMessage("", "assistant", "", created_at=created_at, tool_calls=(call,), model=model),))
    text = (role == "tool" and text_in(content, "result")) or _text(kind, content, left_out)
    if call is not None:
        return Node(parent, (result_message(call, text, created_at),))
    if not text.strip():
        return Node(parent)
    if role == "user":
        return Node(parent, (ChatMessage("", "user", text, created_at=created_at),))
    finish = text_in(mapping_in(metadata, "finish_details"), "type")
    answer = ChatMessage(
        "",
        "assistant",
        text,
        created_at=created_at,
        model=text_in(metadata, "model_slug"),
        finish_reason="length" if finish == "max_tokens" else finish or None,
    )
    return Node(parent, (answer,))


def _text(kind: str, content: Mapping[str, Any], left_out: Counter[str]) -> str:
    if kind == "code":
        language = text_in(content, "language")
        return f"```{language if language.isalnum() and language != 'unknown' else ''}\n{text_in(content, 'text')}\n```"
    texts: list[str] = []
    for part in list_in(content, "parts"):
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and "transcription" in text_in(part, "content_type"):
            texts.append(text_in(part, "text"))
        else:
            left_out["image or file that is not in the export"] += 1
    if not texts and kind not in ("text", "multimodal_text"):
        if not text_in(content, "text"):
            left_out[f"content of type {truncate(kind, _MAX_KIND) or 'none'}"] += 1
        return text_in(content, "text")
    return "\n\n".join(filter(None, texts))
