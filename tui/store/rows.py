"""Messages as rows of the database, and back."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, Final, NamedTuple, get_args

from tui.chat.chunk import JSONObject, JSONValue, ToolCall, Usage
from tui.chat.message import AnswerStats, ChatMessage, Failure, Image
from tui.errors import ErrorKind, StoreError

_COLUMNS: Final = (
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
    "options",
    "writer",
)

_PUT_MESSAGE: Final = (
    f"INSERT INTO messages ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS if name != 'id')} "
    "WHERE conversation_id = excluded.conversation_id"
)

_OF_CONVERSATION: Final = "SELECT id FROM messages WHERE conversation_id = :conversation"
_OF_ITS_ENDING: Final = (
    "WITH RECURSIVE path (id, parent_id) AS ("
    "SELECT messages.id, messages.parent_id FROM messages JOIN conversations ON messages.id = head_id "
    "WHERE conversations.id = :conversation "
    "UNION ALL SELECT messages.id, messages.parent_id FROM messages JOIN path ON messages.id = path.parent_id "
    "LIMIT :last) SELECT id FROM path"
)

_LEAST, _MOST = -(2**63), 2**63 - 1
"""What a column of integers can hold."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_TOO_DEEP: Final = "(nested too deeply to be kept)"

_NO_LONGER_KNOWN: Final = Failure("interrupted", "Why this answer is not whole is no longer known.")


class KeptMessage(NamedTuple):
    """A message as the database has it."""

    message: ChatMessage
    writer: str
    """The instance that an answer is streaming into. Empty when it has ended."""


def put_message(connection: sqlite3.Connection, message: ChatMessage, conversation_id: str, instance: str) -> None:
    """Keep a message in the state that it is in now, in place of an earlier one.

    Args:
        connection: The database, within a transaction.
        message: The message. What was kept of it in pieces is part of its text.
        conversation_id: The conversation that it is part of.
        instance: Who keeps it.

    Raises:
        StoreError: When another conversation has a message with that id.
    """
    writer = instance if message.outcome == "streaming" else None
    if connection.execute(_PUT_MESSAGE, _row_of(message, conversation_id, writer)).rowcount == 0:
        raise StoreError(f"The message {message.id} is part of another conversation already.")
    connection.execute("DELETE FROM pieces WHERE message_id = ?", (message.id,))
    connection.executemany(
        "INSERT OR REPLACE INTO images (message_id, position, media_type, name, data) VALUES (?, ?, ?, ?, ?)",
        [
            (message.id, position, storable(image.media_type), storable(image.name), image.data)
            for position, image in enumerate(message.images)
        ],
    )


def put_piece(connection: sqlite3.Connection, answer_id: str, content: str, thinking: str) -> None:
    """Keep more of an answer that is streaming. Nothing where the answer is not kept, or no longer."""
    connection.execute(
        "INSERT INTO pieces (message_id, content, thinking) SELECT id, ?, ? FROM messages WHERE id = ?",
        (storable(content), storable(thinking), answer_id),
    )


def messages_of(connection: sqlite3.Connection, conversation_id: str, last: int | None = None) -> list[KeptMessage]:
    """The messages of a conversation in the order in which they were said, streaming ones as far as they are kept.

    Args:
        connection: The database, within a transaction.
        conversation_id: The conversation.
        last: Only so many, from its head backwards. None for all that there are, those off its path too.
    """

    def rows(table: str, key: str, order: str) -> Iterator[sqlite3.Row]:
        ids = _OF_CONVERSATION if last is None else _OF_ITS_ENDING
        return connection.execute(
            f"SELECT * FROM {table} WHERE {key} IN ({ids}) ORDER BY {order}",  # noqa: S608
            {"conversation": conversation_id, "last": last},
        )

    images: dict[str, list[Image]] = defaultdict(list)
    for row in rows("images", "message_id", "position"):
        images[row["message_id"]].append(Image(row["media_type"], row["data"], row["name"]))
    pieces: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in rows("pieces", "message_id", "seq"):
        pieces[row["message_id"]].append(row)
    kept: list[KeptMessage] = []
    said_at: dict[str, float] = {}
    """When each message was said, and never before the one that it follows."""
    for row in rows("messages", "id", "seq"):
        message = replace(
            _message_of(row),
            # A message follows one that was said before it; nothing else may make a path that has no end.
            parent_id=row["parent_id"] if row["parent_id"] in said_at else None,
            content="".join((row["content"], *(piece["content"] for piece in pieces[row["id"]]))),
            thinking="".join((row["thinking"], *(piece["thinking"] for piece in pieces[row["id"]]))),
            images=tuple(images[row["id"]]),
        )
        # What was deleted and taken back stands behind what was said after it, until it is put in its place.
        said_at[message.id] = max(message.created_at, said_at.get(message.parent_id or "", message.created_at))
        kept.append(KeptMessage(message, row["writer"] or ""))
    return sorted(kept, key=lambda each: said_at[each.message.id])


def storable(text: str) -> str:
    """The text with halves of surrogate pairs, which no UTF-8 can hold, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _row_of(message: ChatMessage, conversation_id: str, writer: str | None) -> dict[str, object]:
    figures = message.stats
    usage = figures.usage or Usage()
    return {
        "id": message.id,
        "conversation_id": conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "content": storable(message.content),
        "thinking": storable(message.thinking),
        "tool_calls": _json_of_calls(message.tool_calls),
        "created_at": message.created_at,
        "provider": storable(message.provider),
        "model": storable(message.model),
        "finish_reason": None if message.finish_reason is None else storable(message.finish_reason),
        "outcome": message.outcome,
        "failure": None if message.failure is None else _json_of(asdict(message.failure)),
        "prompt_tokens": _storable_number(usage.prompt_tokens),
        "completion_tokens": _storable_number(usage.completion_tokens),
        "first_token_s": _storable_number(figures.first_token_s),
        "total_s": _storable_number(figures.total_s),
        "tokens_per_second": _storable_number(figures.tokens_per_second),
        "options": json_of_options(message.options),
        "writer": writer,
    }


def _message_of(row: sqlite3.Row) -> ChatMessage:
    usage = Usage(row["prompt_tokens"], row["completion_tokens"])
    return ChatMessage(
        id=row["id"],
        role=row["role"],
        content=row["content"],
        created_at=row["created_at"],
        thinking=row["thinking"],
        tool_calls=_calls_of(row["tool_calls"]),
        provider=row["provider"],
        model=row["model"],
        finish_reason=row["finish_reason"],
        outcome=row["outcome"],
        failure=None if row["failure"] is None else _failure_of(row["failure"]),
        stats=AnswerStats(
            usage=None if usage == Usage() else usage,
            first_token_s=row["first_token_s"],
            total_s=row["total_s"],
            tokens_per_second=row["tokens_per_second"],
        ),
        options=options_of(row["options"]),
    )


def json_of_options(options: Mapping[str, JSONValue]) -> str:
    """Options as a column of JSON holds them."""
    try:
        return _json_of(dict(options))
    except RecursionError:
        return _json_of(dict.fromkeys(options, _TOO_DEEP))


def options_of(text: str) -> JSONObject:
    """The options that a column of JSON holds. None of them where it cannot be read."""
    options = _read(text)
    return options if isinstance(options, dict) else {}


def _json_of(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False))


def _json_of_calls(calls: tuple[ToolCall, ...]) -> str:
    # Not `asdict`: it copies the arguments, and gives up on nesting that JSON can still hold.
    written = [{"name": call.name, "arguments": call.arguments, "id": call.id} for call in calls]
    try:
        return _json_of(written)
    except RecursionError:
        return _json_of([{**call, "arguments": _TOO_DEEP} for call in written])


def _read(text: str) -> Any:
    """What a column of JSON holds. None when that cannot be read."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _calls_of(text: str) -> tuple[ToolCall, ...]:
    calls = _read(text)
    return tuple(_call_of(call) for call in calls if isinstance(call, dict)) if isinstance(calls, list) else ()


def _call_of(call: JSONObject) -> ToolCall:
    name, arguments, call_id = call.get("name"), call.get("arguments"), call.get("id")
    return ToolCall(
        name=name if isinstance(name, str) else "",
        arguments=arguments if isinstance(arguments, dict | str) else "",
        id=call_id if isinstance(call_id, str) else None,
    )


def _failure_of(text: str) -> Failure:
    failure = _read(text)
    if not isinstance(failure, dict) or failure.get("kind") not in get_args(ErrorKind):
        return _NO_LONGER_KNOWN
    status = failure.get("status")
    return Failure(
        kind=failure["kind"],
        message=str(failure.get("message", "")),
        hint=str(failure.get("hint", "")),
        status=status if isinstance(status, int) else None,
    )


def _storable_number(number: float | None) -> float | None:
    """The number, or None when the database cannot hold it: servers send any."""
    return number if number is not None and _LEAST <= number <= _MOST else None
