"""Messages to rows of the database, and back."""

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

_UPSERT_MESSAGE: Final = (
    f"INSERT INTO messages ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS if name != 'id')} "
    "WHERE conversation_id = excluded.conversation_id"
)

_ALL_IDS: Final = "SELECT id FROM messages WHERE conversation_id = :conversation"
_TAIL_IDS: Final = (
    "WITH RECURSIVE path (id, parent_id) AS ("
    "SELECT messages.id, messages.parent_id FROM messages JOIN conversations ON messages.id = head_id "
    "WHERE conversations.id = :conversation "
    "UNION ALL SELECT messages.id, messages.parent_id FROM messages JOIN path ON messages.id = path.parent_id "
    "LIMIT :last) SELECT id FROM path"
)

_MIN_INTEGER: Final = -(2**63)
_MAX_INTEGER: Final = 2**63 - 1
"""The range of an integer column."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_TOO_DEEP: Final = "(nested too deeply to be saved)"

_UNKNOWN_FAILURE: Final = Failure("interrupted", "The answer is incomplete; the reason is unknown.")
"""The failure of an answer whose saved failure cannot be read."""


class StoredMessage(NamedTuple):
    """A message and its state in the database."""

    message: ChatMessage
    writer: str
    """The instance that is writing this streaming answer. Empty for a message that has ended."""


def upsert_message(connection: sqlite3.Connection, message: ChatMessage, conversation_id: str, instance: str) -> None:
    """Write a message in its present state, replacing an earlier state.

    Args:
        connection: The database, within a transaction.
        message: The message. Its text includes what was saved in pieces, which are deleted.
        conversation_id: The conversation of the message.
        instance: The id of the writing instance.

    Raises:
        StoreError: If another conversation has a message with the same id.
    """
    writer = instance if message.outcome == "streaming" else None
    if connection.execute(_UPSERT_MESSAGE, _row_of(message, conversation_id, writer)).rowcount == 0:
        raise StoreError(f"Message {message.id} already belongs to another conversation.")
    connection.execute("DELETE FROM pieces WHERE message_id = ?", (message.id,))
    connection.executemany(
        "INSERT OR REPLACE INTO images (message_id, position, media_type, name, data) VALUES (?, ?, ?, ?, ?)",
        [
            (message.id, position, storable(image.media_type), storable(image.name), image.data)
            for position, image in enumerate(message.images)
        ],
    )


def append_piece(connection: sqlite3.Connection, answer_id: str, content: str, thinking: str) -> None:
    """Write the next text of a streaming answer. No-op if the answer is not in the database."""
    connection.execute(
        "INSERT INTO pieces (message_id, content, thinking) SELECT id, ?, ? FROM messages WHERE id = ?",
        (storable(content), storable(thinking), answer_id),
    )


def messages_of(connection: sqlite3.Connection, conversation_id: str, last: int | None = None) -> list[StoredMessage]:
    """The messages of a conversation in the order they were sent; streaming answers with the text saved so far.

    Args:
        connection: The database, within a transaction.
        conversation_id: The conversation.
        last: How many messages to read, from the head backwards. None reads all, other branches too.
    """

    def rows(table: str, key: str, order: str) -> Iterator[sqlite3.Row]:
        ids = _ALL_IDS if last is None else _TAIL_IDS
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
    stored: list[StoredMessage] = []
    sent_at: dict[str, float] = {}
    """When each message was sent, but never before its parent."""
    for row in rows("messages", "id", "seq"):
        message = replace(
            _message_of(row),
            # A parent must precede its child, so that a damaged file cannot make an endless path.
            parent_id=row["parent_id"] if row["parent_id"] in sent_at else None,
            content="".join((row["content"], *(piece["content"] for piece in pieces[row["id"]]))),
            thinking="".join((row["thinking"], *(piece["thinking"] for piece in pieces[row["id"]]))),
            images=tuple(images[row["id"]]),
        )
        # A restored message has a higher `seq` than messages that were sent after it; sorting corrects the order.
        sent_at[message.id] = max(message.created_at, sent_at.get(message.parent_id or "", message.created_at))
        stored.append(StoredMessage(message, row["writer"] or ""))
    return sorted(stored, key=lambda each: sent_at[each.message.id])


def storable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot encode, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _row_of(message: ChatMessage, conversation_id: str, writer: str | None) -> dict[str, object]:
    stats = message.stats
    usage = stats.usage or Usage()
    return {
        "id": message.id,
        "conversation_id": conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "content": storable(message.content),
        "thinking": storable(message.thinking),
        "tool_calls": _json_from_calls(message.tool_calls),
        "created_at": message.created_at,
        "provider": storable(message.provider),
        "model": storable(message.model),
        "finish_reason": None if message.finish_reason is None else storable(message.finish_reason),
        "outcome": message.outcome,
        "failure": None if message.failure is None else _to_json(asdict(message.failure)),
        "prompt_tokens": _storable_number(usage.prompt_tokens),
        "completion_tokens": _storable_number(usage.completion_tokens),
        "first_token_s": _storable_number(stats.first_token_s),
        "total_s": _storable_number(stats.total_s),
        "tokens_per_second": _storable_number(stats.tokens_per_second),
        "options": json_from_options(message.options),
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
        tool_calls=_calls_from_json(row["tool_calls"]),
        provider=row["provider"],
        model=row["model"],
        finish_reason=row["finish_reason"],
        outcome=row["outcome"],
        failure=None if row["failure"] is None else _failure_from_json(row["failure"]),
        stats=AnswerStats(
            usage=None if usage == Usage() else usage,
            first_token_s=row["first_token_s"],
            total_s=row["total_s"],
            tokens_per_second=row["tokens_per_second"],
        ),
        options=options_from_json(row["options"]),
    )


def json_from_options(options: Mapping[str, JSONValue]) -> str:
    """Options as text of a JSON column."""
    try:
        return _to_json(dict(options))
    except RecursionError:
        return _to_json(dict.fromkeys(options, _TOO_DEEP))


def options_from_json(text: str) -> JSONObject:
    """Options from the text of a JSON column; empty if the text cannot be read."""
    options = _parse_json(text)
    return options if isinstance(options, dict) else {}


def _to_json(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False))


def _json_from_calls(calls: tuple[ToolCall, ...]) -> str:
    # Not `asdict`: it copies the arguments, and fails on nesting that JSON can still encode.
    values = [{"name": call.name, "arguments": call.arguments, "id": call.id} for call in calls]
    try:
        return _to_json(values)
    except RecursionError:
        return _to_json([{**call, "arguments": _TOO_DEEP} for call in values])


def _parse_json(text: str) -> Any:
    """The value of a JSON column. None if it cannot be parsed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _calls_from_json(text: str) -> tuple[ToolCall, ...]:
    calls = _parse_json(text)
    return tuple(_call_from(call) for call in calls if isinstance(call, dict)) if isinstance(calls, list) else ()


def _call_from(call: JSONObject) -> ToolCall:
    name, arguments, call_id = call.get("name"), call.get("arguments"), call.get("id")
    return ToolCall(
        name=name if isinstance(name, str) else "",
        arguments=arguments if isinstance(arguments, dict | str) else "",
        id=call_id if isinstance(call_id, str) else None,
    )


def _failure_from_json(text: str) -> Failure:
    failure = _parse_json(text)
    if not isinstance(failure, dict) or failure.get("kind") not in get_args(ErrorKind):
        return _UNKNOWN_FAILURE
    status = failure.get("status")
    return Failure(
        kind=failure["kind"],
        message=str(failure.get("message", "")),
        hint=str(failure.get("hint", "")),
        status=status if isinstance(status, int) else None,
    )


def _storable_number(number: float | None) -> float | None:
    """The number, or None if an integer column cannot hold it: servers may send any number."""
    return number if number is not None and _MIN_INTEGER <= number <= _MAX_INTEGER else None
