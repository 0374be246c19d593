"""Messages as rows of the database, and back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from typing import Any, Final

from tui.chat.chunk import ToolCall, Usage
from tui.chat.message import ChatMessage, Failure, Figures, Image

COLUMNS: Final = (
    "id",
    "conversation_id",
    "parent_id",
    "role",
    "content",
    "thinking",
    "tool_calls",
    "created_at",
    "provider",
    "model",
    "finish_reason",
    "outcome",
    "failure",
    "prompt_tokens",
    "completion_tokens",
    "first_token_s",
    "total_s",
    "tokens_per_second",
    "writer",
)

_MOST: Final = 2**63 - 1


def row_of(message: ChatMessage, conversation_id: str, writer: str | None) -> dict[str, object]:
    """The row of a message."""
    usage = message.figures.usage or Usage()
    return {
        "id": message.id,
        "conversation_id": conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "content": storable(message.content),
        "thinking": storable(message.thinking),
        "tool_calls": json.dumps([asdict(call) for call in message.tool_calls]),
        "created_at": message.created_at,
        "provider": storable(message.provider),
        "model": storable(message.model),
        "finish_reason": None if message.finish_reason is None else storable(message.finish_reason),
        "outcome": message.outcome,
        "failure": None if message.failure is None else json.dumps(asdict(message.failure)),
        "prompt_tokens": _bounded(usage.prompt_tokens),
        "completion_tokens": _bounded(usage.completion_tokens),
        "first_token_s": message.figures.first_token_s,
        "total_s": message.figures.total_s,
        "tokens_per_second": message.figures.tokens_per_second,
        "writer": writer,
    }


def message_of(row: sqlite3.Row, images: tuple[Image, ...]) -> ChatMessage:
    """The message of a row."""
    usage = Usage(row["prompt_tokens"], row["completion_tokens"])
    return ChatMessage(
        id=row["id"],
        role=row["role"],
        content=row["content"],
        parent_id=row["parent_id"],
        created_at=row["created_at"],
        thinking=row["thinking"],
        tool_calls=tuple(ToolCall(**call) for call in json.loads(row["tool_calls"])),
        images=images,
        provider=row["provider"],
        model=row["model"],
        finish_reason=row["finish_reason"],
        outcome=row["outcome"],
        failure=None if row["failure"] is None else Failure(**json.loads(row["failure"])),
        figures=Figures(
            usage=None if usage == Usage() else usage,
            first_token_s=row["first_token_s"],
            total_s=row["total_s"],
            tokens_per_second=row["tokens_per_second"],
        ),
    )


def storable(text: str) -> str:
    """The text without halves of surrogate pairs, which no UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode() if _has_surrogates(text) else text


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _bounded(number: int | None) -> Any:
    return None if number is None or number > _MOST else number
