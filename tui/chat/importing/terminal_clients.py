"""Chats of the databases of oterm and elia → conversations. `tui.store.foreign` reads them from the databases.

Sources: `oterm/store/store.py` of https://github.com/ggozad/oterm (version 0.26.1), and `elia_chat/database/models.py`
of https://github.com/darrenburns/elia (version 1.10.0).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.images import image_from_base64
from tui.chat.importing.tree import build_conversation, linear
from tui.chat.importing.values import list_in, mapping_in, text_in, time_in
from tui.chat.message import ChatMessage

_MAX_KIND: Final = 40
"""Characters of an unknown role in the report."""


def is_oterm(row: Mapping[str, Any]) -> bool:
    """Whether an object is a chat from oterm's database."""
    return row.get("database") == "oterm"


def read_oterm(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in a chat of oterm, which saves no times.

    Args:
        row: `{"database": "oterm", "chat": {"id", "name", "model", "system", …}, "messages": [{"id", "author", "text",
            "images"?}]}`, as in the tables. `images` is JSON: a list of base64 texts.
        left_out: Counts what cannot be imported.
        now: The present time, which becomes the time of the conversation.

    Raises:
        Unusable: If the chat has no messages.
    """
    chat = mapping_in(row, "chat")
    model = text_in(chat, "model")
    messages = [
        _message(text_in(each, "author"), text_in(each, "text"), model, left_out, images=_oterm_images(each, left_out))
        for each in _messages(row)
    ]
    return _conversation(
        "oterm", chat, messages, title="name", system=text_in(chat, "system"), model=model, time=0.0, now=now
    )


def is_elia(row: Mapping[str, Any]) -> bool:
    """Whether an object is a chat from elia's database."""
    return row.get("database") == "elia"


def read_elia(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in a chat of elia.

    Args:
        row: `{"database": "elia", "chat": {"id", "title", "model", "started_at", …}, "messages": [{"id", "role",
            "content", "timestamp", "model"?}]}`, as in the tables. Times are ISO 8601, in UTC.
        left_out: Counts what cannot be imported.
        now: The present time, for a chat without any time.

    Raises:
        Unusable: If the chat has no messages.
    """
    chat = mapping_in(row, "chat")
    model = text_in(chat, "model")
    exported = [*_messages(row)]
    messages = [
        _message(
            text_in(each, "role"),
            text_in(each, "content"),
            text_in(each, "model") or model,
            left_out,
            time=time_in(each, "timestamp", left_out),
        )
        for each in exported
    ]
    system = next((text_in(each, "content") for each in exported if each.get("role") == "system"), "")
    began_at = time_in(chat, "started_at", left_out)
    return _conversation("elia", chat, messages, title="title", system=system, model=model, time=began_at, now=now)


def _messages(row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (message for message in list_in(row, "messages") if isinstance(message, dict))


def _message(
    role: str,
    text: str,
    model: str,
    left_out: Counter[str],
    *,
    time: float = 0.0,
    images: tuple[Any, ...] = (),
) -> ChatMessage | None:
    if role == "system" or not (text or images):
        return None
    if role == "user":
        return ChatMessage("", "user", text, created_at=time, images=images)
    if role != "assistant":
        left_out[f"message of role {truncate(role, _MAX_KIND) or 'unknown'}"] += 1
        return None
    return ChatMessage("", "assistant", text, created_at=time, model=model)


def _oterm_images(row: Mapping[str, Any], left_out: Counter[str]) -> tuple[Any, ...]:
    try:
        texts = json.loads(text_in(row, "images") or "[]")
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, list):
        left_out["list of images that is not JSON"] += 1
        return ()
    return tuple(filter(None, (image_from_base64(text, "", left_out) for text in texts if isinstance(text, str))))


def _conversation(
    program: str,
    chat: Mapping[str, Any],
    messages: list[ChatMessage | None],
    *,
    title: str,
    system: str,
    model: str,
    time: float,
    now: Callable[[], float],
) -> Conversation:
    nodes = linear(messages)
    name = text_in(chat, title)
    # The id counts up from 1 in each database, so chats of two machines would have the same id without their title.
    return build_conversation(
        program,
        f"{chat.get('id')} {name} {time}",
        nodes,
        next(reversed(nodes), None),
        title=name,
        created_at=time,
        updated_at=0.0,
        now=now,
        model=model,
        system_prompt=system or None,
    )
