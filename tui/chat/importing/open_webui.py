"""Reads Open WebUI's exported chats."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.images import image_from_url
from tui.chat.importing.tree import Node, build_conversation, parents_of
from tui.chat.importing.values import list_in, mapping_in, text_in, time_in
from tui.chat.message import ChatMessage, Failure, Image

_DETAILS: Final = re.compile(r'<details type="(\w+)"[^>]*>\s*(?:<summary>.*?</summary>)?(.*?)</details>\s*', re.DOTALL)

_MAX_KIND: Final = 40
"""Characters of an unknown role in the report."""


def is_open_webui(row: Mapping[str, Any]) -> bool:
    """Whether an object is a chat exported by Open WebUI."""
    return "messages" in mapping_in(mapping_in(row, "chat") or row, "history")


def read_open_webui(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in an exported chat.

    Args:
        row: The exported chat.
        left_out: Counts what cannot be imported.
        now: The present time, for a chat without any time.

    Raises:
        Unusable: If the chat has no messages.
    """
    chat = mapping_in(row, "chat") or row
    history = mapping_in(chat, "history")
    exported = {name: node for name, node in mapping_in(history, "messages").items() if isinstance(node, dict)}
    parents = parents_of(exported, "parentId", "childrenIds")
    nodes = {name: Node(parents[name], _message(node, left_out)) for name, node in exported.items()}
    system_prompt = text_in(mapping_in(chat, "params"), "system") or text_in(chat, "system")
    models = [model for model in list_in(chat, "models") if isinstance(model, str)]
    return build_conversation(
        "open-webui",
        text_in(row, "id") or text_in(chat, "id"),
        nodes,
        text_in(history, "currentId") or None,
        title=text_in(row, "title") or text_in(chat, "title"),
        created_at=time_in(row, "created_at", left_out) or time_in(chat, "timestamp", left_out),
        updated_at=time_in(row, "updated_at", left_out),
        now=now,
        model=next(iter(models), ""),
        system_prompt=system_prompt or None,
    )


def _message(row: Mapping[str, Any], left_out: Counter[str]) -> ChatMessage | None:
    role = row.get("role")
    content = text_in(row, "content")
    if role not in ("user", "assistant"):
        left_out[f"message of role {truncate(role, _MAX_KIND) if isinstance(role, str) else 'unknown'}"] += 1
        return None
    images = tuple(filter(None, (_image(file, left_out) for file in list_in(row, "files"))))
    if role == "user":
        return ChatMessage("", "user", content, created_at=time_in(row, "timestamp", left_out), images=images)
    thinking: list[str] = []

    def remove_details(found: re.Match[str]) -> str:
        if found.group(1) == "reasoning":
            lines = html.unescape(found.group(2)).strip().split("\n")
            thinking.append("\n".join(line.removeprefix(">").removeprefix(" ") for line in lines))
        else:
            left_out["output of a tool or code interpreter"] += 1
        return ""

    content = _DETAILS.sub(remove_details, content)
    error = row.get("error")
    error_text = text_in(error, "content") if isinstance(error, dict) else content if error else ""
    failure = Failure("server", error_text or "Open WebUI recorded an error here.") if error else None
    if images:
        left_out["image in an answer"] += len(images)
    return ChatMessage(
        "",
        "assistant",
        content if isinstance(error, dict) or not error else "",
        created_at=time_in(row, "timestamp", left_out),
        thinking="\n\n".join(thinking),
        model=text_in(row, "model"),
        outcome="failed" if failure is not None else "complete",
        failure=failure,
    )


def _image(file: object, left_out: Counter[str]) -> Image | None:
    url = text_in(file, "url") if isinstance(file, dict) else ""
    return image_from_url(url, text_in(file, "name") if isinstance(file, dict) else "", left_out)
