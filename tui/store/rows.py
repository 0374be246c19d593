"""Messages to rows of the database, and back."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, Final, NamedTuple, get_args

from tui.chat.chunk import JSONObject, JSONValue, ToolCall, Usage
from tui.chat.conversation import ToolChoice
from tui.chat.dates import known_time
from tui.chat.formatting import truncate
from tui.chat.image import Image
from tui.chat.image_type import MEDIA_TYPES
from tui.chat.message import AnswerStats, ChatMessage, Failure, Outcome, Role
from tui.chat.nesting import TOO_DEEP, is_too_deep
from tui.chat.tool_outcome import Approval, ToolOutcome
from tui.errors import ErrorKind, StoreError
from tui.store.fields import (
    MAX_NUMBER,
    as_text,
    bytes_in,
    count_in,
    number_in,
    optional_text_in,
    storable,
    text_in,
    time_in,
)
from tui.store.parts import is_large, write_parts

MESSAGE_COLUMNS: Final = (
    "id",
    "conversation_id",
    "parent_id",
    "role",
    "content",
    "thinking",
    "tool_calls",
    "tool",
    "created_at",
    "provider",
    "model",
    "finish_reason",
    "outcome",
    "failure",
    "prompt_tokens",
    "completion_tokens",
    "cached_prompt_tokens",
    "first_token_s",
    "total_s",
    "tokens_per_second",
    "options",
    "writer",
)
"""The columns of a message that are written. `seq` is SQLite's."""

_UPDATES: Final = ", ".join(f"{name} = excluded.{name}" for name in MESSAGE_COLUMNS if name != "id")

_UPSERT_MESSAGE: Final = (
    f"INSERT INTO messages ({', '.join(MESSAGE_COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join(f':{name}' for name in MESSAGE_COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {_UPDATES} "
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

_MAX_QUOTED: Final = 40
"""Characters of a damaged value that are quoted."""

_ROLES: Final = {role: role for role in get_args(Role)}
_OUTCOMES: Final = {outcome: outcome for outcome in get_args(Outcome)}
"""One text for each, which all messages share."""

_NO_STATS: Final = AnswerStats()
"""Shared too: half of all messages are prompts."""

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
        message: The message. Its text includes what was saved in pieces and parts, which are deleted.
        conversation_id: The conversation of the message.
        instance: The id of the writing instance.

    Raises:
        StoreError: If another conversation has a message with the same id.
    """
    writer = instance if message.outcome == "streaming" else None
    has_parts = is_large(message.content, message.thinking)
    texts = ("", "") if has_parts else (storable(message.content), storable(message.thinking))
    if connection.execute(_UPSERT_MESSAGE, _row_of(message, texts, conversation_id, writer)).rowcount == 0:
        raise StoreError(f"Message {message.id} already belongs to another conversation.")
    # Before the parts are written, which then take the place in the file that the pieces had.
    connection.execute("DELETE FROM pieces WHERE message_id = ?", (message.id,))
    connection.execute("DELETE FROM parts WHERE message_id = ?", (message.id,))
    if has_parts:
        write_parts(connection, message.id, message.content, message.thinking)
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
        media_type = text_in(row, "media_type")
        if media_type in MEDIA_TYPES:
            image = Image(media_type, bytes_in(row, "data"), text_in(row, "name"))
            images[text_in(row, "message_id")].append(image)
    pieces: dict[str, list[sqlite3.Row]] = defaultdict(list)
    # An answer that is continued has both: what came since is in pieces.
    for table in ("parts", "pieces"):
        for row in rows(table, "message_id", "seq"):
            pieces[text_in(row, "message_id")].append(row)
    stored: list[StoredMessage] = []
    sent_at: dict[str, float] = {}
    """When each message was sent, but never before its parent."""
    for row in rows("messages", "id", "seq"):
        message = _message_of(row)
        if later := pieces.pop(message.id, None):
            message = replace(
                message,
                content="".join((message.content, *(text_in(piece, "content") for piece in later))),
                thinking="".join((message.thinking, *(text_in(piece, "thinking") for piece in later))),
            )
        # A parent must precede its child, so that a damaged file cannot make an endless path.
        is_orphan = message.parent_id is not None and message.parent_id not in sent_at
        if is_orphan or message.id in images:
            parent_id = None if is_orphan else message.parent_id
            message = replace(message, parent_id=parent_id, images=tuple(images.get(message.id, ())))
        # A restored message has a higher `seq` than messages that were sent after it; sorting corrects the order.
        sent_at[message.id] = max(message.created_at, sent_at.get(message.parent_id or "", message.created_at))
        stored.append(StoredMessage(message, text_in(row, "writer")))
    return sorted(stored, key=lambda each: sent_at[each.message.id])


def _row_of(
    message: ChatMessage, texts: tuple[str, str], conversation_id: str, writer: str | None
) -> dict[str, object]:
    stats = message.stats
    usage = stats.usage or Usage()
    return {
        "id": message.id,
        "conversation_id": conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "content": texts[0],
        "thinking": texts[1],
        "tool_calls": _json_from_calls(message.tool_calls),
        "tool": None if message.tool is None else _to_json(asdict(message.tool)),
        "created_at": known_time(message.created_at) or 0.0,
        "provider": storable(message.provider),
        "model": storable(message.model),
        "finish_reason": None if message.finish_reason is None else storable(message.finish_reason),
        "outcome": message.outcome,
        "failure": None if message.failure is None else _to_json(asdict(message.failure)),
        "prompt_tokens": _storable_number(usage.prompt_tokens),
        "completion_tokens": _storable_number(usage.completion_tokens),
        "cached_prompt_tokens": _storable_number(usage.cached_prompt_tokens),
        "first_token_s": _storable_number(stats.first_token_s),
        "total_s": _storable_number(stats.total_s),
        "tokens_per_second": _storable_number(stats.tokens_per_second),
        "options": json_from_options(message.options),
        "writer": writer,
    }


def _message_of(row: sqlite3.Row) -> ChatMessage:
    usage = Usage(
        count_in(row, "prompt_tokens"), count_in(row, "completion_tokens"), count_in(row, "cached_prompt_tokens")
    )
    role: Any = _ROLES.get(row["role"], row["role"])
    outcome: Any = _OUTCOMES.get(row["outcome"], row["outcome"])
    failure = None if row["failure"] is None else _failure_from_json(row["failure"])
    if role not in _ROLES:
        # Shown as an answer, which can say what is wrong with it.
        failure = _damaged(f"its role is {_quoted(role)}")
        role, outcome = "assistant", "failed"
    elif outcome not in _OUTCOMES:
        failure = failure or _damaged(f"its state is {_quoted(outcome)}")
        outcome = "failed"
    parent_id = optional_text_in(row, "parent_id")
    stats = AnswerStats(
        usage=None if usage == Usage() else usage,
        first_token_s=number_in(row, "first_token_s"),
        total_s=number_in(row, "total_s"),
        tokens_per_second=number_in(row, "tokens_per_second"),
    )
    return ChatMessage(
        # An id is also the parent's of the next message.
        id=sys.intern(text_in(row, "id") or f"row-{row['seq']}"),
        role=role,
        content=text_in(row, "content"),
        parent_id=None if parent_id is None else sys.intern(parent_id),
        created_at=time_in(row, "created_at"),
        thinking=text_in(row, "thinking"),
        tool_calls=_calls_from_json(row["tool_calls"]),
        tool=None if row["tool"] is None else _tool_outcome_from_json(row["tool"]),
        # Thousands of messages have few different ones.
        provider=sys.intern(text_in(row, "provider")),
        model=sys.intern(text_in(row, "model")),
        finish_reason=None if row["finish_reason"] is None else sys.intern(text_in(row, "finish_reason")),
        outcome=outcome,
        failure=failure,
        stats=_NO_STATS if stats == _NO_STATS else stats,
        options=options_from_json(row["options"]),
    )


def _damaged(problem: str) -> Failure:
    """The failure of a message whose row cannot be read as it is."""
    return Failure("interrupted", f"This message is damaged in the database: {problem}.", "Its text is shown.")


def _quoted(value: object) -> str:
    return repr(truncate(as_text(value), _MAX_QUOTED))


def json_from_options(options: Mapping[str, JSONValue]) -> str:
    """Options as text of a JSON column."""
    return _to_json({key: TOO_DEEP if is_too_deep(value) else value for key, value in options.items()})


def options_from_json(text: object) -> JSONObject:
    """Options from the value of a JSON column; empty if it cannot be read."""
    options = _parse_json(text)
    return options if isinstance(options, dict) else {}


def json_from_tools(tools: ToolChoice) -> str:
    """A choice of tools as text of a JSON column."""
    return _to_json(
        {
            "servers_off": sorted(tools.servers_off),
            "tools_off": sorted(tools.tools_off),
            "allowed": dict(tools.allowed),
        }
    )


def tools_from_json(text: object) -> ToolChoice:
    """A choice of tools from the value of a JSON column. What cannot be read of it allows nothing."""
    row = _parse_json(text)
    if not isinstance(row, dict):
        return ToolChoice()
    allowed = row.get("allowed")
    return ToolChoice(
        _names_in(row.get("servers_off")),
        _names_in(row.get("tools_off")),
        {name: each for name, each in allowed.items() if isinstance(each, str)} if isinstance(allowed, dict) else {},
    )


def _names_in(value: object) -> frozenset[str]:
    return frozenset(name for name in value if isinstance(name, str)) if isinstance(value, list) else frozenset()


def _to_json(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False))


def _json_from_calls(calls: tuple[ToolCall, ...]) -> str:
    # Not `asdict`: it copies the arguments, and fails on nesting that JSON can still encode.
    return _to_json(
        [
            {
                "name": call.name,
                "arguments": TOO_DEEP if is_too_deep(call.arguments) else call.arguments,
                "id": call.id,
            }
            for call in calls
        ]
    )


def _parse_json(text: object) -> Any:
    """The value of a JSON column. None if it cannot be parsed, or is nested too deeply."""
    # Most columns are empty.
    if text == "[]":
        return []
    if text == "{}":
        return {}
    try:
        value = json.loads(as_text(text))
    except (ValueError, RecursionError):
        return None
    return None if is_too_deep(value) else value


def _calls_from_json(text: object) -> tuple[ToolCall, ...]:
    calls = _parse_json(text)
    return tuple(_call_from(call) for call in calls if isinstance(call, dict)) if isinstance(calls, list) else ()


def _call_from(call: JSONObject) -> ToolCall:
    name, arguments, call_id = call.get("name"), call.get("arguments"), call.get("id")
    return ToolCall(
        name=name if isinstance(name, str) else "",
        arguments=arguments if isinstance(arguments, dict | str) else "",
        id=call_id if isinstance(call_id, str) else None,
    )


def _tool_outcome_from_json(text: object) -> ToolOutcome | None:
    """How a tool call went. None if it cannot be read: then the message is not sent, and its text is still shown."""
    row = _parse_json(text)
    if not isinstance(row, dict) or not isinstance(row.get("call_id"), str) or not row["call_id"]:
        return None
    name, full_name, links, seconds = (row.get(key) for key in ("name", "full_name", "links", "seconds"))
    return ToolOutcome(
        call_id=row["call_id"],
        name=name if isinstance(name, str) else "",
        full_name=full_name if isinstance(full_name, str) else "",
        approval=row["approval"] if row.get("approval") in get_args(Approval) else "denied",
        is_error=row.get("is_error") is True,
        links=tuple(link for link in links if isinstance(link, str)) if isinstance(links, list) else (),
        seconds=float(seconds) if isinstance(seconds, int | float) and 0 <= seconds <= MAX_NUMBER else 0.0,
    )


def _failure_from_json(text: object) -> Failure:
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
